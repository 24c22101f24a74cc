// The tokens of one sequence as cells: a cell is a token, or the tokens that share a character.

function makeCells(sequence, vocabulary) {
    const cells = [];
    const runs = new Map(sequence.runs.map(([start, count, content]) => [start, [count, content]]));
    for (let index = 0; index < sequence.t.length;) {
        const run = runs.get(index);
        const count = run ? run[0] : 1;
        cells.push({ first: index, count, content: run ? run[1] : null });
        index += count;
    }
    const segmentOf = (index) => {
        let found = 0;
        for (const [start, segment] of sequence.segments) if (start <= index) found = segment;
        return found;
    };
    for (const cell of cells) {
        cell.segment = segmentOf(cell.first);
        cell.node = element("span", { class: "cell" }, cell.content === null
            ? tokenText(vocabulary[sequence.t[cell.first]], true) : visible(cell.content, true, true));
    }
    cells.forEach((cell, index) => {
        cell.node.dataset.cell = index;
    });
    return cells;
}

// A token's text; its bytes where they are no text, and its number where nothing is known.
function tokenText(entry, breaking) {
    if (!entry) return element("span", { class: "badge" }, "unknown");
    if (entry.length > 2) return element("span", { class: "badge" }, entry[2]);
    if (entry.length < 2) return element("span", { class: "badge" }, "#" + entry[0]);
    if (entry[1] === "") return element("span", { class: "badge" }, "empty");
    return breaking ? visible(entry[1], true, true) : element("bdi", {}, visible(entry[1], true));
}

// Colours of the cells by a measure; several tokens in one cell share it from left to right.
function paintCells(cells, sequence, measure, limit) {
    const numbers = sequence[measure.key] || [];
    const dark = isDark();
    for (const cell of cells) {
        const found = numbers.slice(cell.first, cell.first + cell.count).map(value);
        const colours = found.map((number) => (Number.isNaN(number) ? null : measure.colour(number, limit, dark)));
        const style = cell.node.style;
        const known = colours.filter(Boolean);
        cell.node.classList.toggle("unknown", known.length === 0);
        cell.node.classList.toggle("infinite", found.some((number) => Math.abs(number) === Infinity));
        style.color = known.length > 0 ? inkOn(mean(known)) : "";
        if (known.length === 0) style.background = "";
        else if (cell.count === 1) style.background = css(colours[0]);
        else {
            const stops = colours.map((colour, index) =>
                `${colour ? css(colour) : "transparent"} ${(100 * index) / cell.count}% ${(100 * (index + 1)) / cell.count}%`);
            style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
        }
    }
}

function mean(colours) {
    return [0, 1, 2].map((channel) => colours.reduce((sum, colour) => sum + colour[channel], 0) / colours.length);
}

// Whether most letters are of scripts that run from right to left.
function runsLeftwards(sequence, vocabulary) {
    let right = 0;
    let left = 0;
    for (const place of sequence.t) {
        const content = (vocabulary[place] && vocabulary[place][1]) || "";
        if (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(content)) right += 1;
        else if (/\p{L}/u.test(content)) left += 1;
    }
    return right > left;
}
