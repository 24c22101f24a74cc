// The texts under colours: which sequence, by which measure, and what is known of the token under the pointer.

let showToken = () => {};
const narrow = window.matchMedia("(max-width: 900px)");

const root = (number, limit) => Math.sqrt(Math.min(1, Math.max(0, number / limit)));

function measuresOf(block) {
    const rising = (number, limit, dark) => sequential(root(number, limit), dark);
    const even = (number, limit, dark) => sequential(number / limit, dark);
    const signed = (number, limit, dark) => diverging(Math.sign(number) * root(Math.abs(number), limit), dark);
    return [
        { key: "kl", name: block.kl_name, colour: rising, rooted: true },
        { key: "rkl", name: "KL(q \u2016 p)", colour: rising, rooted: true },
        { key: "js", name: "JS", colour: rising, rooted: true },
        { key: "l", name: "log-ratio", colour: signed, rooted: true, signed: true },
        { key: "hp", name: "entropy of p", colour: even },
        { key: "hq", name: "entropy of q", colour: even },
    ].filter((measure) => block.sequences.some((sequence) => sequence[measure.key]));
}

function limitOf(block, key) {
    const given = value(block.scales[key]);
    if (given > 0 && Number.isFinite(given)) return given;
    let most = 0;
    for (const sequence of block.sequences) {
        for (const number of sequence[key] || []) if (Number.isFinite(value(number))) most = Math.max(most, Math.abs(number));
    }
    return most || 1;
}

function tokens(block) {
    if (block.sequences.length === 0) return element("p", { class: "note" }, "There are no tokens.");
    const measures = measuresOf(block);
    let measure = measures[0];
    let slot = block.sequences.reduce((best, sequence, index) => (value(sequence.mean) > value(block.sequences[best].mean) ? index : best), 0);
    let cells = [];
    let pinned = -1;
    const reader = element("div", { class: "reader", tabindex: 0, role: "group",
        "aria-label": "Tokens: the arrow keys choose one, its details follow" });
    const details = element("aside", { class: "details", "aria-live": "polite", "aria-label": "The chosen token" });
    const legend = element("div", { class: "legend" });
    const overview = element("div", { class: "overview" });
    const left = element("p", { class: "note" });
    const select = element("select", { "aria-label": "Sequence", onchange: () => open(Number(select.value)) },
        block.sequences.map((sequence, index) => element("option", { value: index }, sequenceName(sequence))));
    const step = (by) => open((slot + by + block.sequences.length) % block.sequences.length);

    function open(index) {
        slot = index;
        const sequence = block.sequences[slot];
        select.value = slot;
        pinned = -1;
        cells = makeCells(sequence, block.table);
        const parts = [];
        cells.forEach((cell, place) => {
            if (place === 0 || cell.segment !== cells[place - 1].segment) parts.push({ segment: cell.segment, cells: [] });
            parts[parts.length - 1].cells.push(cell);
        });
        reader.dir = runsLeftwards(sequence, block.table) ? "rtl" : "ltr";
        reader.replaceChildren(...parts.map((part) => element("div", { class: "segment s" + part.segment },
            element("span", { class: "segmentname" }, `${segmentNames[part.segment]} \u00b7 ${grouped(part.cells.reduce((sum, cell) =>
                sum + cell.count, 0))} tokens`), element("div", { class: "tokentext" }, part.cells.map((cell) => cell.node)))));
        reader.scrollTop = 0;
        left.textContent = sequence.t.length < sequence.tokens
            ? `The first ${grouped(sequence.t.length)} of ${grouped(sequence.tokens)} tokens of this sequence.` : "";
        rest();
        paint();
    }

    function paint() {
        const limit = limitOf(block, measure.key);
        paintCells(cells, block.sequences[slot], measure, limit);
        const at = (t) => (measure.rooted ? t * t : t) * limit;
        const labels = measure.signed ? [`\u2264 ${shown(-limit, 2)}`, shown(-limit / 4, 2), "0", shown(limit / 4, 2), `\u2265 ${shown(limit, 2)}`]
            : [shown(at(0), 2), shown(at(0.5), 2), `\u2265 ${shown(limit, 2)}`];
        legend.replaceChildren(element("span", {}, measure.name + ", nats"),
            scaleLegend((t) => (measure.signed ? diverging(2 * t - 1, isDark()) : sequential(t, isDark())), labels),
            element("span", {}, measure.signed ? "blue: p gives the token more; orange: q does" : ""));
        drawOverview();
    }

    // Where in the sequence the measure is large: the largest in each of as many steps as there are columns of 3 pixels.
    function drawOverview() {
        const width = Math.floor(overview.clientWidth);
        if (width < 40) return;
        const sequence = block.sequences[slot];
        const numbers = (sequence[measure.key] || []).map(value);
        const steps = Math.max(1, Math.min(numbers.length, Math.floor(width / 3)));
        const limit = limitOf(block, measure.key);
        const drawing = shape("svg", { viewBox: `0 0 ${width} 34`, height: 34, role: "img", "aria-label": measure.name + " along the sequence" });
        for (let stepIndex = 0; stepIndex < steps; stepIndex += 1) {
            const part = numbers.slice(Math.floor((stepIndex * numbers.length) / steps), Math.floor(((stepIndex + 1) * numbers.length) / steps))
                .filter((number) => !Number.isNaN(number));
            if (part.length === 0) continue;
            const largest = part.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
            const height = 1 + 31 * (measure.rooted ? root(Math.abs(largest), limit) : Math.min(1, largest / limit));
            drawing.append(shape("rect", { x: (width * stepIndex) / steps, width: Math.max(1, width / steps - 0.5), y: 33 - height, height,
                class: !measure.signed ? "plain" : largest < 0 ? "below" : "above" }));
        }
        for (const [start] of sequence.segments.slice(1)) {
            const x = (width * start) / numbers.length;
            drawing.append(shape("line", { x1: x, x2: x, y1: 0, y2: 34 }));
        }
        overview.replaceChildren(drawing);
    }

    function detail(index, chosen) {
        const cell = cells[index];
        if (!cell) return;
        details.classList.add("open");
        details.replaceChildren(element("button", { type: "button", class: "close", "aria-label": "Close", onclick: rest }, "\u2715"),
            ...tokenDetails(block, block.sequences[slot], cell, chosen || 0, (next) => {
                pin(index);
                detail(index, next);
            }));
    }

    function rest() {
        pin(-1);
        details.classList.remove("open");
        details.replaceChildren(element("p", { class: "note" }, "Point at a token, touch it, or use the arrow keys in the text."));
    }

    function pin(index) {
        if (cells[pinned]) cells[pinned].node.classList.remove("current");
        pinned = index;
        if (cells[index]) cells[index].node.classList.add("current");
    }

    function go(index) {
        const next = Math.min(cells.length - 1, Math.max(0, index));
        pin(next);
        detail(next);
        const [box, frame] = [cells[next].node.getBoundingClientRect(), reader.getBoundingClientRect()];
        if (box.top < frame.top + 30) reader.scrollTop -= frame.top + 60 - box.top;
        // On narrow screens the details lie over the lower part.
        const lower = Math.min(frame.bottom, narrow.matches ? details.getBoundingClientRect().top : Infinity);
        if (box.bottom > lower - 20) reader.scrollTop += box.bottom - lower + 60;
        const left = cells[next].node.getBoundingClientRect().bottom - lower + 30;
        if (left > 0 && lower < frame.bottom) window.scrollBy(0, left);
    }

    function line(direction) {
        const from = cells[Math.max(0, pinned)].node.getBoundingClientRect();
        let best = -1;
        let cost = Infinity;
        cells.forEach((cell, index) => {
            const box = cell.node.getBoundingClientRect();
            const down = direction * (box.bottom - from.bottom);
            if (down < from.height / 2) return;
            const distance = down * 1000 + Math.abs(box.left - from.left);
            if (distance < cost) [best, cost] = [index, distance];
        });
        if (best >= 0) go(best);
    }

    const cellAt = (event) => {
        const node = event.target.closest && event.target.closest(".cell");
        return node ? Number(node.dataset.cell) : -1;
    };
    reader.addEventListener("pointerover", (event) => {
        // On narrow screens the details would come up between the pointer and the text.
        if (event.pointerType === "touch" || (narrow.matches && !details.classList.contains("open"))) return;
        const index = cellAt(event);
        if (index >= 0) detail(index);
    });
    reader.addEventListener("pointerleave", (event) => {
        if (event.pointerType !== "touch" && pinned >= 0) detail(pinned);
    });
    reader.addEventListener("click", (event) => {
        const index = cellAt(event);
        if (index >= 0) go(index);
    });
    reader.addEventListener("keydown", (event) => {
        const forward = reader.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
        const keys = { ArrowRight: () => go(pinned + (forward === "ArrowRight" ? 1 : -1)), ArrowUp: () => line(-1), ArrowDown: () => line(1),
            ArrowLeft: () => go(pinned + (forward === "ArrowLeft" ? 1 : -1)), Home: () => go(0), End: () => go(cells.length - 1), Escape: rest };
        if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        keys[event.key]();
    });
    overview.addEventListener("click", (event) => {
        const box = overview.getBoundingClientRect();
        const token = ((event.clientX - box.left) / box.width) * block.sequences[slot].t.length;
        jump(token);
    });

    function jump(token) {
        const index = cells.findIndex((cell) => cell.first + cell.count > token);
        if (index < 0) return;
        go(index);
        // The reader scrolls, not the page.
        const [box, frame] = [cells[index].node.getBoundingClientRect(), reader.getBoundingClientRect()];
        reader.scrollTop += box.top - frame.top - frame.height / 3;
    }

    showToken = (index, token) => {
        if (index !== slot) open(index);
        reader.closest("section").scrollIntoView();
        reader.focus({ preventScroll: true });
        jump(token);
    };
    onTheme(paint);
    new ResizeObserver(drawOverview).observe(overview);
    open(slot);
    return element("div", { class: "tokens" },
        element("div", { class: "toolbar" },
            element("span", { class: "select" }, select, element("button", { type: "button", "aria-label": "Previous sequence", onclick: () => step(-1) }, "\u2190"),
                element("button", { type: "button", "aria-label": "Next sequence", onclick: () => step(1) }, "\u2192")),
            radios("Colour", measures.map((item) => item.name), 0, (index) => {
                measure = measures[index];
                paint();
            })),
        legend, overview, left, element("div", { class: "readingroom" }, reader, details));
}

function sequenceName(sequence) {
    const id = sequence.id && sequence.id !== String(sequence.number) ? " " + visibleString(sequence.id) : "";
    return `#${sequence.number}${id.length > 60 ? id.slice(0, 60) + "\u2026" : id} \u00b7 ${grouped(sequence.tokens)} tokens \u00b7 mean KL ${shown(sequence.mean, 3)}`;
}
