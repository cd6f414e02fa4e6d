(() => {
  const all = (within, what) => [...within.querySelectorAll(what)]
  const text = (element) => element.textContent.trim()
  const make = (name, parent, first) => parent[first ? "prepend" : "append"](name = document.createElement(name)) || name
  // Numbers as they stand in a table: grouped, with a true minus, perhaps a percentage. A dash alone is missing.
  const plain = (shown) => shown.replace(/,/g, "").replace("−", "-")
  const number = (shown) => /^-?[\d.]+%?$/.test(shown = plain(shown)) ? parseFloat(shown) : null

  for (const table of all(document, "table")) {
    const body = table.tBodies[0]
    all(table, "thead th").forEach((head, column) => {
      const button = make("button", head)
      button.append(...[...head.childNodes].filter((node) => node != button))
      button.onclick = () => {
        const numeric = !head.classList.contains("n")
        const down = head.ariaSort ? head.ariaSort == "ascending" : numeric
        all(table, "[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"))
        head.setAttribute("aria-sort", down ? "descending" : "ascending")
        const key = (row) => numeric ? number(text(row.cells[column])) : text(row.cells[column])
        body.append(...[...body.rows].map((row) => [key(row), row]).sort(([a], [b]) =>
          a === null || b === null ? (a === null) - (b === null)
            : (numeric ? a - b : a.localeCompare(b)) * (down ? -1 : 1)
        ).map(([, row]) => row))
      }
    })
    const csv = make("button", table.caption, 1)
    csv.className = "csv"
    csv.textContent = "CSV"
    csv.onclick = () => {
      const cell = (element) => {
        let value = text(element)
        const shown = number(value)
        if (shown !== null) value = plain(value)
        else if (value == "–") value = ""
        // A name that a spreadsheet would run as a formula is kept a name.
        else if (/^[=+\-@\t]/.test(value)) value = "'" + value
        return /[",\n]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value
      }
      const link = document.createElement("a")
      link.href = URL.createObjectURL(new Blob(["\ufeff" + [...table.rows].map((row) => [...row.cells].map(cell).join()).join("\r\n")], { type: "text/csv" }))
      link.download = `${document.body.dataset.file}-${table.id}.csv`
      link.click()
    }
  }

  const days = [...document.getElementById("daily").tBodies[0].rows].reverse()
  for (const figure of all(document, ".chart")) {
    const plot = figure.querySelector(".plot")
    const last = days.length - 1
    if (last < 1) continue
    const line = make("hr", plot)
    const range = make("input", plot)
    const show = () => {
      const row = days[range.value]
      line.style.left = 100 * range.value / last + "%"
      line.hidden = false
      figure.querySelector("time").textContent = text(row.cells[0])
      all(figure, "li[data-column]").forEach((item) => item.lastElementChild.textContent = text(row.cells[item.dataset.column]))
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
