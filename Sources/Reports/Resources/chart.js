// What all charts share: caption, legend, axes, a reading under the pointer, and the numbers as a table.

// options: height, legend (list of [class, label]), draw(canvas) -> probe(x, y) or nothing, numbers() -> {names, rows}.
function chart(block, options) {
    const drawing = shape("svg", { class: "drawing", role: "img", "aria-label": block.title + ". " + block.note });
    const reading = element("div", { class: "reading", hidden: true });
    const area = element("div", { class: "area" }, drawing, reading);
    const figure = element("figure", { class: "chart " + block.type },
        element("figcaption", {}, element("h3", {}, block.title), block.note ? element("p", {}, block.note) : null),
        options.legend ? element("div", { class: "legend" }, options.legend.map(([style, label]) =>
            element("span", {}, element("i", { class: "key " + style }), label))) : null,
        area, numbersOf(options.numbers));
    let probe = null;
    const draw = () => {
        const width = Math.floor(area.clientWidth);
        if (width < 80) return;
        const height = options.height || Math.round(Math.min(300, Math.max(210, width * 0.55)));
        drawing.replaceChildren();
        drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
        drawing.setAttribute("height", height);
        const canvas = { drawing, width, height, left: 52, right: width - 14, top: 24, bottom: height - 42 };
        probe = options.draw(canvas) || null;
        reading.hidden = true;
    };
    const look = (event) => {
        const box = drawing.getBoundingClientRect();
        const found = probe && probe(event.clientX - box.left, event.clientY - box.top);
        reading.hidden = !found;
        if (!found) return;
        reading.replaceChildren(...found.lines.map((line) => element("div", {}, line)));
        const room = area.clientWidth - reading.offsetWidth;
        reading.style.left = Math.max(0, Math.min(room, found.x + 10)) + "px";
        reading.style.top = Math.max(0, found.y - reading.offsetHeight - 8) + "px";
    };
    area.addEventListener("pointermove", look);
    area.addEventListener("pointerdown", look);
    area.addEventListener("pointerleave", () => {
        reading.hidden = true;
    });
    new ResizeObserver(draw).observe(area);
    onTheme(draw);
    return figure;
}

function numbersOf(numbers) {
    if (!numbers) return null;
    const holder = element("details", { class: "numbers" }, element("summary", {}, "Numbers"));
    holder.addEventListener("toggle", () => {
        if (!holder.open || holder.children.length > 1) return;
        const { names, rows } = numbers();
        holder.append(plainTable(names, rows));
    });
    return holder;
}

function plainTable(names, rows) {
    return element("div", { class: "scroll", tabindex: 0 }, element("table", {},
        element("thead", {}, element("tr", {}, names.map((name) =>
            element("th", { scope: "col", class: "number" }, name)))),
        element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) =>
            element("td", { class: "number" }, cell)))))));
}

function text(content, x, y, style) {
    return shape("text", { x, y, class: style }, content);
}

function drawAxes(canvas, x, y, names) {
    const { drawing, left, right, top, bottom, width } = canvas;
    const wide = Math.max(3, Math.floor((right - left) / 70));
    for (const tick of y.ticks(5)) {
        drawing.append(shape("line", { class: "grid", x1: left, x2: right, y1: y(tick), y2: y(tick) }),
            text(y.label(tick), left - 6, y(tick) + 4, "tick end"));
    }
    for (const tick of x.ticks(wide)) {
        drawing.append(shape("line", { class: "tick", x1: x(tick), x2: x(tick), y1: bottom, y2: bottom + 4 }),
            text(x.label(tick), x(tick), bottom + 17, "tick middle"));
    }
    drawing.append(shape("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
        text(names.x, (left + right) / 2, bottom + 34, "name middle"), text(names.y, 4, 10, "name"));
}

function nothing(canvas, message) {
    canvas.drawing.append(text(message, canvas.width / 2, canvas.height / 2, "name middle"));
}
