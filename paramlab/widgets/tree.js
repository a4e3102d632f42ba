// A tree with columns (ARIA's treegrid): rows come from tree.py.
// Arrow keys move, left and right fold and unfold, what has focus is selected.

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "paramlab-tree";
  const table = document.createElement("table");
  table.setAttribute("role", "treegrid");
  root.append(table);
  el.append(root);
  const folded = new Set();
  let lines = [];
  let parents = []; // of each row: its number, or -1
  let marked = -1; // the row that is marked as selected

  const hasChildren = (i) => parents[i + 1] === i;
  const isVisible = (i) => {
    for (let j = parents[i]; j >= 0; j = parents[j]) {
      if (folded.has(j)) return false;
    }
    return true;
  };

  const build = () => {
    table.setAttribute("aria-label", model.get("label"));
    const head = document.createElement("thead");
    const names = document.createElement("tr");
    for (const text of model.get("header")) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = text;
      names.append(cell);
    }
    head.append(names);
    const body = document.createElement("tbody");
    const rows = model.get("rows");
    parents = parentsOf(rows);
    lines = rows.map((row, i) => line(row, i));
    body.append(...lines);
    table.replaceChildren(head, body);
    lines.forEach((_, i) => mark(i, false));
    marked = -1;
    showFolds();
    showSelected();
  };

  const line = (row, i) => {
    const item = document.createElement("tr");
    item.setAttribute("role", "row");
    item.setAttribute("aria-level", String(row.depth + 1));
    item.classList.toggle("paramlab-layer", row.is_layer);
    row.cells.forEach((text, column) => {
      const cell = document.createElement("td");
      cell.setAttribute("role", "gridcell");
      if (column === 0) {
        cell.style.paddingLeft = `${row.depth * 20 + 24}px`;
        if (hasChildren(i)) {
          const twist = document.createElement("span");
          twist.className = "paramlab-twist";
          twist.setAttribute("aria-hidden", "true");
          twist.addEventListener("click", (event) => {
            event.stopPropagation();
            fold(i, !folded.has(i));
          });
          cell.append(twist);
        }
      }
      cell.append(text);
      item.append(cell);
    });
    item.addEventListener("click", () => select(i, true));
    item.addEventListener("keydown", (event) => pressed(event, i));
    return item;
  };

  const showFolds = () => {
    lines.forEach((item, i) => {
      item.hidden = !isVisible(i);
      if (hasChildren(i)) {
        item.setAttribute("aria-expanded", String(!folded.has(i)));
      }
    });
  };

  const mark = (i, selected) => {
    lines[i].tabIndex = selected ? 0 : -1;
    lines[i].setAttribute("aria-selected", String(selected));
  };

  // Two rows change, however many there are; the one that is selected is seen.
  const showSelected = () => {
    const selected = model.get("selected");
    if (marked >= 0 && marked < lines.length) mark(marked, false);
    marked = selected;
    if (selected < 0 || selected >= lines.length) return;
    mark(selected, true);
    if (!isVisible(selected)) {
      for (let j = parents[selected]; j >= 0; j = parents[j]) folded.delete(j);
      showFolds();
    }
    reveal(root, lines[selected]);
  };

  const fold = (i, closed) => {
    if (closed) folded.add(i);
    else folded.delete(i);
    if (!isVisible(model.get("selected"))) select(i, true);
    showFolds();
  };

  const select = (i, focus) => {
    if (model.get("selected") !== i) {
      model.set("selected", i);
      model.save_changes();
    }
    showSelected();
    if (focus) lines[i].focus({ preventScroll: false });
  };

  const pressed = (event, i) => {
    const visible = lines.map((_, j) => j).filter(isVisible);
    const at = visible.indexOf(i);
    const moves = {
      ArrowDown: () => visible[at + 1],
      ArrowUp: () => visible[at - 1],
      Home: () => visible[0],
      End: () => visible[visible.length - 1],
      ArrowLeft: () => {
        if (hasChildren(i) && !folded.has(i)) return fold(i, true);
        return parents[i];
      },
      ArrowRight: () => {
        if (hasChildren(i) && folded.has(i)) return fold(i, false);
        return hasChildren(i) ? i + 1 : undefined;
      },
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation();
    const to = moves[event.key]();
    if (to !== undefined && to >= 0) select(to, true);
  };

  const renewed = () => {
    folded.clear();
    build();
  };
  model.on("change:rows", renewed);
  model.on("change:selected", showSelected);
  build();
  return () => {
    model.off("change:rows", renewed);
    model.off("change:selected", showSelected);
  };
}

// A row's parent is the last row before it that is less deep.
function parentsOf(rows) {
  const open = [];
  return rows.map((row, i) => {
    while (open.length && rows[open[open.length - 1]].depth >= row.depth) open.pop();
    const parent = open.length ? open[open.length - 1] : -1;
    open.push(i);
    return parent;
  });
}

// Scroll the tree, and not the page, until a row can be seen.
function reveal(root, row) {
  const seen = root.getBoundingClientRect();
  const place = row.getBoundingClientRect();
  if (place.bottom > seen.bottom) root.scrollTop += place.bottom - seen.bottom;
  if (place.top < seen.top) root.scrollTop -= seen.top - place.top;
}

export default { render };
