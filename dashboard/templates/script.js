(() => {
  const d = document
  const all = (within, what) => [...within.querySelectorAll(what)]
  const text = (element) => element.textContent.trim()
  const make = (name, parent, content = "", how = "append") => {
    const element = d.createElement(name)
    element.textContent = content
    parent[how](element)
    return element
  }
  // Numbers as they stand in a table: grouped, with a true minus, perhaps a percentage. A dash alone is missing.
  const plain = (shown) => shown.replace(/,/g, "").replace("−", "-")
  const number = (shown) => /^-?[\d.]+%?$/.test(plain(shown)) ? parseFloat(plain(shown)) : null

  // The daily figures stand as text; they become a table like the others.
  const pre = d.getElementById("daily")
  const [labels, ...days] = pre.textContent.split("\n").map((line) => line.split("\t"))
  const daily = make("table", pre.parentNode)
  daily.createCaption().append(pre.previousElementSibling)
  daily.id = pre.id
  pre.remove()
  labels.forEach((label, column) => make("th", daily.tHead?.rows[0] || daily.createTHead().insertRow(), label).className = column ? "" : "n")
  daily.createTBody()
  for (const day of days) {
    const row = daily.tBodies[0].insertRow()
    day.forEach((value, column) => make(column ? "td" : "th", row, value))
  }
  days.reverse()

  const meanings = all(d, "#definitions dd")
  for (const element of all(d, "[data-m]")) element.title = text(meanings[element.dataset.m])

  for (const table of all(d, "table")) {
    const body = table.tBodies[0]
    all(table, "thead th").forEach((head, column) => {
      const parts = [...head.childNodes]
      const button = make("button", head)
      button.append(...parts)
      button.onclick = () => {
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
    const csv = make("button", table.caption, "CSV", "prepend")
    csv.className = "csv"
    csv.onclick = () => {
      const cell = (element) => {
        const value = text(element)
        if (number(value) !== null) return plain(value)
        if (value == "–") return ""
        // A name that a spreadsheet would run as a formula is kept a name.
        return '"' + value.replace(/^(?=[=+@-])/, "'").replace(/"/g, '""') + '"'
      }
      const link = d.createElement("a")
      link.href = URL.createObjectURL(new Blob(["\ufeff" + [...table.rows].map((row) => [...row.cells].map(cell)).join("\r\n")]))
      link.download = `${d.body.dataset.file}-${table.id}.csv`
      link.click()
    }
  }

  const last = days.length - 1
  if (last > 0) for (const figure of all(d, ".chart")) {
    const plot = figure.querySelector(".plot")
    const line = make("hr", plot)
    const range = make("input", plot)
    const show = () => {
      line.hidden = false
      line.style.left = 100 * range.value / last + "%"
      figure.querySelector("time").textContent = days[range.value][0]
      all(figure, "[data-column]").forEach((item) => item.lastElementChild.textContent = days[range.value][item.dataset.column])
      range.ariaValueText = text(figure.querySelector("ul"))
    }
    line.hidden = true
    range.type = "range"
    range.max = last
    range.value = last
    range.ariaLabel = text(figure.querySelector("h3"))
    range.oninput = show
    range.onpointermove = (event) => {
      const box = plot.getBoundingClientRect()
      range.value = Math.round((event.clientX - box.left) / box.width * last)
      show()
    }
  }
})()
