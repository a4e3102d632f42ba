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

  const rows = () => model.get("rows");
  const hasChildren = (i) => rows()[i + 1]?.depth > rows()[i].depth;
  const parentOf = (i) => {
    let j = i - 1;
    while (j >= 0 && rows()[j].depth >= rows()[i].depth) j -= 1;
    return j;
  };
  const isVisible = (i) => {
    for (let j = parentOf(i); j >= 0; j = parentOf(j)) {
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
    lines = rows().map((row, i) => line(row, i));
    body.append(...lines);
    table.replaceChildren(head, body);
    refresh();
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

  const refresh = () => {
    const selected = model.get("selected");
    lines.forEach((item, i) => {
      item.hidden = !isVisible(i);
      item.tabIndex = i === selected ? 0 : -1;
      item.setAttribute("aria-selected", String(i === selected));
      if (hasChildren(i)) {
        item.setAttribute("aria-expanded", String(!folded.has(i)));
      }
    });
  };

  const fold = (i, closed) => {
    if (closed) folded.add(i);
    else folded.delete(i);
    if (!isVisible(model.get("selected"))) select(i, true);
    refresh();
  };

  const select = (i, focus) => {
    if (model.get("selected") !== i) {
      model.set("selected", i);
      model.save_changes();
    }
    refresh();
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
        return parentOf(i);
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
  model.on("change:selected", refresh);
  build();
  return () => {
    model.off("change:rows", renewed);
    model.off("change:selected", refresh);
  };
}

export default { render };
