(() => {
  const d = document
  const all = (within, what) => [...within.querySelectorAll(what)]
  const text = (element) => element.textContent.trim()
  const make = (name, parent, content = "") => {
    const element = d.createElement(name)
    element.textContent = content
    parent.append(element)
    return element
  }
  // Numbers as they stand in a table: grouped, with a true minus or a plus, perhaps a percentage. A dash alone is missing.
  const plain = (shown) => shown.replace(/[,+]/g, "").replace("−", "-")
  const number = (shown) => /^-?[\d.]+%?$/.test(plain(shown)) ? parseFloat(plain(shown)) : null

  // The figures behind the charts stand as text; they become tables like the others.
  const series = {}
  for (const pre of all(d, "pre")) {
    const [labels, ...rows] = pre.textContent.split("\n").map((line) => line.split("\t"))
    series[pre.id] = rows
    const table = make("table", pre.parentNode)
    table.id = pre.id
    pre.remove()
    const head = table.createTHead().insertRow()
    labels.forEach((label, column) => make("th", head, label).className = column ? "" : "n")
    const body = table.createTBody()
    for (const values of rows) {
      const row = body.insertRow()
      values.forEach((value, column) => make(column ? "td" : "th", row, value))
    }
  }

  for (const element of all(d, "[data-m]")) element.title = d.getElementById(element.dataset.m).nextElementSibling.firstChild.data.trim()

  // The head of a table cannot be sorted as the whole: all its rows stand on the page that its caption links to.
  for (const table of all(d, "table:not(.cut)")) {
    const body = table.tBodies[0]
    all(table, "thead th").forEach((head, column) => {
      const parts = [...head.childNodes]
      make("button", head).append(...parts)
      head.lastChild.onclick = () => {
        const numeric = head.className != "n"
        const down = head.ariaSort ? head.ariaSort == "ascending" : numeric
        all(table, "[aria-sort]").forEach((other) => other.ariaSort = null)
        head.ariaSort = down ? "descending" : "ascending"
        const key = (row) => (numeric ? number : String)(text(row.cells[column]))
        body.append(...[...body.rows].sort((row, other) => {
          const a = key(row), b = key(other)
          return a === null || b === null ? (a === null) - (b === null) : (numeric ? a - b : a.localeCompare(b)) * (down ? -1 : 1)
        }))
      }
    })
  }

  for (const plot of all(d, "[data-of]")) {
    const [key, column, skipped, count] = plot.dataset.of.split(" ")
    const rows = series[key].slice(+skipped, +skipped + +count).reverse()
    const last = rows.length - 1
    if (last < 1) continue
    const said = plot.previousElementSibling
    const line = make("hr", plot)
    const range = make("input", plot)
    const show = () => {
      line.hidden = false
      line.style.left = 100 * range.value / last + "%"
      said.firstChild.textContent = rows[range.value][column]
      said.lastChild.textContent = range.ariaValueText = rows[range.value][0]
      range.ariaValueText += " " + rows[range.value][column]
    }
    line.hidden = true
    range.type = "range"
    range.max = last
    range.value = last
    range.ariaLabel = text(plot.closest("figure").querySelector("h3"))
    range.oninput = show
    range.onpointermove = (event) => {
      const box = plot.getBoundingClientRect()
      range.value = Math.round((event.clientX - box.left) / box.width * last)
      show()
    }
  }
})()
