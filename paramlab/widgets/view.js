// One line of text that says how a widget is set (see view.py): copy it, or
// put another one in its place and press Enter.

function render({ model, el }) {
  const texts = model.get("texts");
  const root = document.createElement("div");
  root.className = "paramlab-view";
  const label = document.createElement("label");
  const name = document.createElement("span");
  name.textContent = texts.label;
  const field = document.createElement("input");
  field.type = "text";
  field.spellcheck = false;
  field.autocomplete = "off";
  field.title = texts.hint;
  label.append(name, field);
  const copy = document.createElement("button");
  copy.type = "button";
  copy.textContent = texts.copy;
  const apply = document.createElement("button");
  apply.type = "button";
  apply.textContent = texts.apply;
  const message = document.createElement("span");
  message.setAttribute("role", "status");
  root.append(label, copy, apply, message);
  el.append(root);

  const isEdited = () => field.value.trim() !== model.get("line");
  const renew = () => {
    field.value = model.get("line");
    message.textContent = model.get("message");
    apply.disabled = true;
  };
  const ask = () => {
    if (isEdited()) model.send({ line: field.value });
  };
  field.addEventListener("input", () => {
    apply.disabled = !isEdited();
  });
  field.addEventListener("focus", () => field.select());
  field.addEventListener("keydown", (event) => {
    event.stopPropagation(); // the notebook has commands on single letters
    if (event.key === "Enter") ask();
    if (event.key === "Escape") renew();
  });
  apply.addEventListener("click", ask);
  copy.addEventListener("click", async () => {
    message.textContent = (await copied(field)) ? texts.copied : texts.select;
  });
  model.on("change:line", renew);
  model.on("change:message", () => {
    message.textContent = model.get("message");
  });
  renew();
}

// A page without encryption has no clipboard: there the old command helps.
async function copied(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select();
    return document.execCommand("copy");
  }
}

export default { render };
