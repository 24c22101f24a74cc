// Elements. Text only ever becomes text nodes; nothing is read as HTML.

const drawingSpace = document.getElementById("svg").namespaceURI;

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return node;
}

function element(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function shape(name, attributes, ...children) {
    return fill(document.createElementNS(drawingSpace, name), attributes, children);
}

// What cannot be seen, or turns the direction of what follows; U+200C and U+200D stay, emoji and scripts need them.
const hiddenCharacters =
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

function hiddenName(character) {
    if (character === "\n") return "\u23ce";
    if (character === "\t") return "\u2192";
    return "U+" + character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
}

// Text from outside, with signs for what cannot be seen; `spaces`: also for blanks; `breaking`: newlines also break lines.
function visible(text, spaces, breaking) {
    const result = document.createDocumentFragment();
    let plain = "";
    const flush = () => {
        if (plain) result.append(plain);
        plain = "";
    };
    for (const character of text) {
        if (character === " " && spaces) {
            flush();
            result.append(element("span", { class: "space" }, " "));
        } else if (hiddenCharacters.test(character)) {
            flush();
            result.append(element("span", { class: "\n\t".includes(character) ? "quiet" : "badge" }, hiddenName(character)));
            if (character === "\n" && breaking) result.append("\n");
        } else {
            plain += character;
        }
    }
    flush();
    return result;
}

// The same as a string, for titles and labels.
function visibleString(text) {
    let result = "";
    for (const character of text) result += hiddenCharacters.test(character) ? hiddenName(character) : character;
    return result;
}
