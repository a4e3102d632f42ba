// Draws a scene (see scene.py) on one canvas, with its numbers as a table.
// A change of the scene is drawn at once; more of them before the browser's next
// frame wait for that frame, and are one redraw.

const MARGIN = { left: 58, right: 16 };
const GAP = 14;
const ONE_LINE = 240; // heights of panels
const EACH_LINE = 190;
const COMPACT_LINE = 104;
const COMPACT_MARGIN = 7;
const LAID_OUT = 300; // ms
const FONT = "12px system-ui, -apple-system, 'Segoe UI', sans-serif";
const SMALL = "11px system-ui, -apple-system, 'Segoe UI', sans-serif";
const BOLD = "600 13px system-ui, -apple-system, 'Segoe UI', sans-serif";

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "paramlab-plot";
  const heading = document.createElement("div");
  heading.className = "paramlab-heading";
  const title = document.createElement("strong");
  const subtitle = document.createElement("span");
  heading.append(title, subtitle);
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.dataset.draws = "0";
  const note = document.createElement("p");
  note.className = "paramlab-note";
  const table = document.createElement("table");
  table.setAttribute("aria-live", "polite");
  const listing = codeWithCopy(model.get("texts"));
  const below = document.createElement("div");
  below.className = "paramlab-below";
  below.append(table, listing.element);
  root.append(heading, canvas, note, below);
  el.append(root);

  let frame = 0; // the next one, where it was asked for
  let waiting = false; // for that frame, a redraw
  let width = 0;
  let dark = false;
  let stale = true;
  let whole = null; // the plot and its controls
  // Asking the page costs a layout: only when its size or colours have changed.
  const ask = () => {
    stale = false;
    dark = onDarkPage(root);
    root.classList.toggle("paramlab-dark", dark);
    // A hidden page has no width: draw for the one that it will have again.
    width = root.clientWidth || width;
  };
  const redraw = () => {
    if (!whole) {
      whole = root.closest(".paramlab-widget");
      whole?.addEventListener("keydown", keep);
    }
    if (stale || !width) {
      ask();
      // A page that is being laid out anew may have had a width of a moment.
      setTimeout(fit, LAID_OUT);
    }
    const scene = model.get("scene");
    const palette = model.get("palette")[dark ? "dark" : "light"];
    canvas.setAttribute("aria-label", `${scene.title}. ${scene.summary}`);
    write(title, scene.title);
    write(subtitle, scene.subtitle);
    canvas.hidden = scene.panels.length === 0;
    if (!canvas.hidden && width) paint(canvas, scene, palette, width);
    canvas.dataset.draws = String(Number(canvas.dataset.draws) + 1);
    write(note, scene.note);
    note.hidden = !scene.note;
    fillTable(table, scene.table);
    listing.show(scene.code);
  };
  const inFrame = () => {
    frame = 0;
    if (!waiting) return;
    waiting = false;
    redraw();
  };
  const soon = () => {
    waiting = true;
    if (!frame) frame = requestAnimationFrame(inFrame);
  };
  const now = () => {
    if (frame) waiting = true;
    else {
      redraw();
      frame = requestAnimationFrame(inFrame);
    }
  };

  model.on("change:scene", now);
  const askSoon = () => {
    stale = true;
    soon();
  };
  const theme = new MutationObserver(askSoon);
  theme.observe(document.body, {
    attributes: true,
    attributeFilter: ["class", "data-jp-theme-light", "data-jp-theme-name"],
  });
  const fit = () => {
    if (root.clientWidth && root.clientWidth !== width) askSoon();
  };
  const size = new ResizeObserver(fit);
  size.observe(root);
  soon();
  return () => {
    model.off("change:scene", now);
    theme.disconnect();
    size.disconnect();
    cancelAnimationFrame(frame);
    whole?.removeEventListener("keydown", keep);
  };
}

// A notebook has commands on single keys: arrows leave the cell, Enter edits
// it, letters delete it. On a control they belong to the control.
function keep(event) {
  const { altKey, ctrlKey, metaKey, shiftKey } = event;
  if (!(altKey || ctrlKey || metaKey || shiftKey)) event.stopPropagation();
}

// A block of code with a button that copies it.
function codeWithCopy(texts) {
  const element = document.createElement("div");
  element.className = "paramlab-code";
  const code = document.createElement("pre");
  code.tabIndex = 0;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = texts.copy;
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const bar = document.createElement("div");
  bar.append(said, copy);
  element.append(bar, code);
  copy.addEventListener("click", async () => {
    said.textContent = (await copied(code)) ? texts.copied : texts.select;
  });
  const show = (text) => {
    element.hidden = !text;
    // The same text stays as it is: a reader may have selected some of it.
    if (code.textContent === text) return;
    code.textContent = text;
    said.textContent = "";
  };
  return { element, show };
}

// A page without encryption has no clipboard: there the old command helps.
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}

// The page's text colour tells light from dark in every notebook program.
function onDarkPage(element) {
  const style = getComputedStyle(element);
  const [red, green, blue] = style.color.match(/[\d.]+/g).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140;
}

function fillTable(table, content) {
  table.hidden = !content;
  if (!content) return;
  if (!table.tHead) table.append(...["thead", "tbody"].map(made));
  fillRows(table.tHead, "th", [content.header]);
  fillRows(table.tBodies[0], "td", content.rows);
}

// What stays as it was is not touched: no layout, nothing read out anew.
function fillRows(part, tag, rows) {
  while (part.rows.length > rows.length) part.lastElementChild.remove();
  rows.forEach((texts, number) => {
    const row = part.rows[number] ?? part.appendChild(made("tr"));
    while (row.cells.length > texts.length) row.lastElementChild.remove();
    texts.forEach((text, column) => {
      const cell = row.cells[column] ?? row.appendChild(made(column ? tag : "th"));
      if (!column || tag === "th") cell.scope = tag === "th" ? "col" : "row";
      write(cell, text);
    });
  });
}

const made = (tag) => document.createElement(tag);

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function paint(canvas, scene, palette, available) {
  const width = Math.max(available, 240);
  const crowded = scene.panels.some((panel) => panel.compact);
  const columns = width < 520 && !crowded ? 1 : scene.columns;
  const places = arrange(scene.panels, columns);
  const heights = lineHeights(places);
  const tops = heights.map((_, i) => sum(heights.slice(0, i)) + i * GAP);
  const height = sum(heights) + (heights.length - 1) * GAP;
  const ratio = window.devicePixelRatio || 1;
  resize(canvas, width, height, ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, width, height);
  const bytes = scene.data;
  const numbers = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  const column = (width - (columns - 1) * GAP) / columns;
  const frames = places.map(({ panel, line, start, span }) => {
    const box = {
      x: start * (column + GAP),
      y: tops[line],
      width: span * column + (span - 1) * GAP,
      height: heights[line],
    };
    return paintPanel(context, panel, numbers, box, palette);
  });
  canvas.dataset.frames = JSON.stringify(frames);
}

// A canvas that is given a size, even its own, loses what it shows.
function resize(canvas, width, height, ratio) {
  const pixels = [width, height].map((length) => Math.round(length * ratio));
  if (canvas.width === pixels[0] && canvas.height === pixels[1]) return;
  [canvas.width, canvas.height] = pixels;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function arrange(panels, columns) {
  let line = 0;
  let start = 0;
  return panels.map((panel) => {
    const span = Math.min(panel.span, columns);
    if (start + span > columns) {
      line += 1;
      start = 0;
    }
    const place = { panel, line, start, span };
    start += span;
    return place;
  });
}

// A line of compact panels is low; a single line is high.
function lineHeights(places) {
  const count = places.length ? places[places.length - 1].line + 1 : 0;
  return Array.from({ length: count }, (_, line) => {
    const panels = places.filter((place) => place.line === line);
    if (panels.every(({ panel }) => panel.compact)) return COMPACT_LINE;
    return count === 1 ? ONE_LINE : EACH_LINE;
  });
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

function paintPanel(context, panel, numbers, box, palette) {
  const heat = panel.marks.find((mark) => mark.kind === "heat");
  const scale = panel.marks.find((mark) => mark.kind === "scale");
  const bare = panel.compact || scale || (heat && !heat.scale);
  const left = bare ? COMPACT_MARGIN : MARGIN.left;
  const right = bare ? COMPACT_MARGIN : MARGIN.right;
  const frame = {
    left: box.x + left,
    right: box.x + box.width - (heat && heat.scale ? 76 : right),
    top: box.y + (panel.marks.some((mark) => mark.label) ? 46 : 28),
    bottom: box.y + box.height - (panel.x_label ? 44 : 26),
    x_range: panel.x_range,
    y_range: panel.y_range,
    log: panel.log,
  };
  context.font = panel.compact ? FONT : BOLD;
  context.fillStyle = palette.ink;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.fillText(panel.title, frame.left, box.y + 16);
  if (panel.note) {
    paintNote(context, panel.note, frame, palette);
    return frame;
  }
  context.font = FONT;
  paintLegend(context, panel, frame, box.y + 33, palette);
  if (scale) {
    paintScale(context, scale.limit, frame.left, frame, palette);
    return frame;
  }
  if (heat) {
    paintHeat(context, heat, numbers, frame, palette);
    if (heat.scale) {
      paintScale(context, heat.limit, frame.right + 8, frame, palette);
    }
    paintLabels(context, panel, frame, box, palette);
    return frame;
  }
  paintAxes(context, panel, frame, box, palette);
  context.save();
  context.beginPath();
  context.rect(
    frame.left,
    frame.top - 2,
    frame.right - frame.left,
    frame.bottom - frame.top + 3,
  );
  context.clip();
  for (const mark of panel.marks) {
    PAINTERS[mark.kind](context, mark, numbers, frame, palette);
  }
  context.restore();
  return frame;
}

const across = (frame, x) =>
  frame.left +
  ((x - frame.x_range[0]) / (frame.x_range[1] - frame.x_range[0])) *
    (frame.right - frame.left);

const up = (frame, y) => {
  const scale = frame.log
    ? (value) => Math.log10(Math.max(value, 1e-35))
    : (value) => value;
  const [low, high] = frame.y_range.map(scale);
  const share = (scale(y) - low) / (high - low);
  return frame.bottom - share * (frame.bottom - frame.top);
};

const dashes = (mark) => {
  if (mark.dashed) return mark.dotted ? [8, 3, 2, 3] : [6, 4];
  return mark.dotted ? [2, 3] : [];
};

const taken = (numbers, [start, count]) => numbers.subarray(start, start + count);

const PAINTERS = {
  bars(context, mark, numbers, frame, palette) {
    const edges = taken(numbers, mark.edges);
    const heights = taken(numbers, mark.heights);
    const ground = up(frame, frame.y_range[0]);
    context.beginPath();
    context.moveTo(across(frame, edges[0]), ground);
    heights.forEach((height, i) => {
      const top = up(frame, height);
      context.lineTo(across(frame, edges[i]), top);
      context.lineTo(across(frame, edges[i + 1]), top);
    });
    context.lineTo(across(frame, edges[heights.length]), ground);
    if (mark.filled) {
      context.fillStyle = palette[mark.role];
      context.fill();
    } else {
      context.strokeStyle = palette[mark.role];
      context.lineWidth = 1.5;
      context.stroke();
    }
  },
  line(context, mark, numbers, frame, palette) {
    const x = taken(numbers, mark.x);
    const y = taken(numbers, mark.y);
    context.beginPath();
    let pen = false;
    x.forEach((value, i) => {
      if (!Number.isFinite(y[i])) {
        pen = false;
        return;
      }
      const point = [across(frame, value), up(frame, y[i])];
      if (pen) context.lineTo(...point);
      else context.moveTo(...point);
      pen = true;
    });
    context.strokeStyle = palette[mark.role];
    context.lineWidth = 2;
    context.setLineDash(dashes(mark));
    context.stroke();
    context.setLineDash([]);
  },
  stems(context, mark, numbers, frame, palette) {
    const x = taken(numbers, mark.x);
    const y = taken(numbers, mark.y);
    const ground = up(frame, 0);
    x.forEach((value, i) => {
      const place = across(frame, value);
      const top = up(frame, y[i]);
      if (mark.marker) {
        context.fillStyle = palette[mark.role];
        context.fillRect(place - 13, top - 1.25, 26, 2.5);
      } else {
        context.fillStyle = palette[mark.role];
        context.fillRect(place - 8, top, 16, ground - top);
      }
    });
  },
  rule(context, mark, numbers, frame, palette) {
    const place = across(frame, mark.x);
    context.beginPath();
    context.moveTo(place, frame.top);
    context.lineTo(place, frame.bottom);
    context.strokeStyle = palette[mark.role];
    context.lineWidth = 1.5;
    context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
  },
  level(context, mark, numbers, frame, palette) {
    const place = up(frame, mark.y);
    context.beginPath();
    context.moveTo(frame.left, place);
    context.lineTo(frame.right, place);
    context.strokeStyle = palette[mark.role];
    context.lineWidth = 1.5;
    context.setLineDash([3, 3]);
    context.stroke();
    context.setLineDash([]);
  },
};

function paintAxes(context, panel, frame, box, palette) {
  context.lineWidth = 1;
  context.fillStyle = palette.faint;
  context.strokeStyle = palette.grid;
  const heights = heightTicks(panel, frame);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const y of heights) {
    const place = Math.round(up(frame, y)) + 0.5;
    context.beginPath();
    context.moveTo(frame.left, place);
    context.lineTo(frame.right, place);
    context.stroke();
    context.fillText(panel.log ? power(y) : written(y), frame.left - 7, place);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  if (panel.compact) context.font = SMALL;
  for (const x of placeTicks(panel, frame)) {
    const place = Math.round(across(frame, x)) + 0.5;
    context.beginPath();
    context.moveTo(place, frame.bottom);
    context.lineTo(place, frame.bottom + 4);
    context.strokeStyle = palette.faint;
    context.stroke();
    if (panel.compact) context.textAlign = x === frame.x_range[0] ? "left" : "right";
    context.fillText(written(x), place, frame.bottom + 7);
  }
  context.beginPath();
  context.moveTo(frame.left, Math.round(frame.bottom) + 0.5);
  context.lineTo(frame.right, Math.round(frame.bottom) + 0.5);
  context.strokeStyle = palette.faint;
  context.stroke();
  paintLabels(context, panel, frame, box, palette);
}

function heightTicks(panel, frame) {
  if (panel.compact) return [];
  return panel.log ? decades(frame.y_range) : ticks(frame.y_range, 4);
}

// A compact panel has room for its limits only, written inwards.
function placeTicks(panel, frame) {
  if (panel.compact) return frame.x_range;
  const room = Math.max(2, Math.floor((frame.right - frame.left) / 70));
  return ticks(frame.x_range, Math.min(6, room), true);
}

function paintLabels(context, panel, frame, box, palette) {
  context.font = FONT;
  context.fillStyle = palette.faint;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  const middle = (frame.left + frame.right) / 2;
  context.fillText(panel.x_label, middle, box.y + box.height - 2);
  context.save();
  context.translate(box.x + 2, (frame.top + frame.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.textBaseline = "top";
  context.fillText(panel.y_label, 0, 0);
  context.restore();
}

function paintNote(context, text, frame, palette) {
  context.strokeStyle = palette.grid;
  context.strokeRect(
    frame.left + 0.5,
    frame.top + 0.5,
    frame.right - frame.left - 1,
    frame.bottom - frame.top - 1,
  );
  context.font = FONT;
  context.fillStyle = palette.faint;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const lines = wrapped(context, text, frame.right - frame.left - 24);
  const middle = (frame.top + frame.bottom) / 2;
  lines.forEach((line, i) => {
    const place = middle + (i - (lines.length - 1) / 2) * 17;
    context.fillText(line, (frame.left + frame.right) / 2, place);
  });
}

// Break at spaces, and anywhere between characters of languages without them.
function wrapped(context, text, width) {
  const words = text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) || [];
  const lines = [""];
  for (const word of words) {
    const longer = lines[lines.length - 1] + word;
    if (context.measureText(longer).width > width && lines[lines.length - 1]) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = longer;
    }
  }
  return lines;
}

function paintLegend(context, panel, frame, y, palette) {
  let x = frame.left;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const mark of panel.marks) {
    if (!mark.label) continue;
    context.fillStyle = palette[mark.role];
    context.strokeStyle = palette[mark.role];
    if (mark.kind === "line" || mark.kind === "level" || mark.marker) {
      context.lineWidth = 2.5;
      context.setLineDash(mark.kind === "level" ? [3, 3] : dashes(mark));
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + 18, y);
      context.stroke();
      context.setLineDash([]);
    } else if (mark.filled === false) {
      context.lineWidth = 1.5;
      context.strokeRect(x + 1, y - 4, 14, 8);
    } else {
      context.fillRect(x, y - 5, 16, 10);
    }
    context.fillStyle = palette.ink;
    context.fillText(mark.label, x + 23, y + 0.5);
    x += 23 + context.measureText(mark.label).width + 18;
  }
}

function paintHeat(context, heat, numbers, frame, palette) {
  const [rows, columns] = heat.shape;
  const values = taken(numbers, heat.values);
  const [low, zero, high] = ["low", "zero", "high"].map((role) =>
    channels(palette[role]),
  );
  const coloured = (value) => {
    if (!Number.isFinite(value)) return channels(palette.faint);
    const share = Math.max(-1, Math.min(1, value / heat.limit));
    const end = share < 0 ? low : high;
    return zero.map((c, i) => Math.round(c + (end[i] - c) * Math.abs(share)));
  };
  const cells = new ImageData(columns, rows);
  values.forEach((value, i) => cells.data.set([...coloured(value), 255], 4 * i));
  const small = document.createElement("canvas");
  small.width = columns;
  small.height = rows;
  small.getContext("2d").putImageData(cells, 0, 0);
  context.imageSmoothingEnabled = false;
  const width = frame.right - frame.left;
  const height = frame.bottom - frame.top;
  context.drawImage(small, frame.left, frame.top, width, height);
  context.strokeStyle = palette.faint;
  context.lineWidth = 1;
  context.strokeRect(frame.left - 0.5, frame.top - 0.5, width + 1, height + 1);
}

// A bar of all colours of a matrix, its ends and middle written beside it.
function paintScale(context, limit, left, frame, palette) {
  const bar = context.createLinearGradient(0, frame.bottom, 0, frame.top);
  bar.addColorStop(0, palette.low);
  bar.addColorStop(0.5, palette.zero);
  bar.addColorStop(1, palette.high);
  context.fillStyle = bar;
  context.fillRect(left, frame.top, 9, frame.bottom - frame.top);
  context.fillStyle = palette.faint;
  context.font = FONT;
  context.textAlign = "left";
  for (const share of [-1, 0, 1]) {
    context.textBaseline = { "-1": "bottom", 0: "middle", 1: "top" }[share];
    const place = frame.bottom - ((share + 1) / 2) * (frame.bottom - frame.top);
    context.fillText(written(share * limit, 3), left + 13, place);
  }
}

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

function ticks([low, high], about, fine = false) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const steps = [1, 2, 2.5, 5, 10].map((n) => n * power);
  const step = fine
    ? steps.findLast((n) => n <= rough * 1.01)
    : steps.find((n) => n >= rough * 0.99);
  const places = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-6; i += 1) {
    places.push(i * step);
  }
  return places;
}

function decades([low, high]) {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  const step = Math.max(1, Math.ceil((last - first) / 4));
  const places = [];
  for (let i = first; i <= last; i += step) places.push(10 ** i);
  return places;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function power(value) {
  const exponent = Math.round(Math.log10(value));
  const digits = [...String(Math.abs(exponent))].map((d) => SUPERSCRIPTS[d]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

function written(value, digits = 4) {
  const text = String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

export default { render };
