// Counts of pairs in hexagons; colours are logarithmic in the count.

function hexbin(block) {
    const most = Math.max(1, ...block.cells.map((cell) => cell[2]));
    const share = (count) => (most > 1 ? 0.12 + (0.88 * Math.log(count)) / Math.log(most) : 1);
    const across = (column, row) => block.left + ((block.right - block.left) * (column + (row % 2) / 2)) / block.columns;
    const up = (row) => block.bottom + ((block.top - block.bottom) * row) / block.rows;
    const draw = (canvas) => {
        if (block.cells.length === 0) return nothing(canvas, "There is nothing above 0 to draw.");
        const x = axis(block.left, block.right, canvas.left + 8, canvas.right - 12, "linear");
        const y = axis(block.bottom, block.top, canvas.bottom - 8, canvas.top, "log");
        drawAxes(canvas, x, y, block);
        const halfWidth = (x(across(1, 0)) - x(across(0, 0))) / 2;
        const third = Math.abs(y(up(1)) - y(up(0))) / 3;
        const group = shape("g", { class: "hexagons" });
        for (const [column, row, count] of block.cells) {
            const [cx, cy] = [x(across(column, row)), y(up(row))];
            const corners = [[0, -2], [1, -1], [1, 1], [0, 2], [-1, 1], [-1, -1]]
                .map(([dx, dy]) => `${(cx + dx * halfWidth).toFixed(1)},${(cy + dy * third).toFixed(1)}`);
            group.append(shape("polygon", { points: corners.join(" "), fill: css(sequential(share(count), isDark())) }));
        }
        canvas.drawing.append(group);
        return (left, top) => {
            let best = null;
            let distance = Infinity;
            for (const cell of block.cells) {
                const d = (x(across(cell[0], cell[1])) - left) ** 2 + (y(up(cell[1])) - top) ** 2;
                if (d < distance) [best, distance] = [cell, d];
            }
            if (!best || distance > 30 ** 2) return null;
            return { x: left, y: top, lines: [`${grouped(best[2])} tokens`, `entropy about ${shown(across(best[0], best[1]), 3)}`,
                `KL about ${shown(10 ** up(best[1]), 2)}`] };
        };
    };
    const figure = chart(block, { height: 300, draw, numbers: () => ({
        names: [block.x, block.y, "tokens"],
        rows: block.cells.map(([column, row, count]) => [shown(across(column, row), 3), shown(10 ** up(row), 3), grouped(count)]),
    }) });
    const legend = scaleLegend((t) => sequential(share(most ** t), isDark()), ["1", grouped(Math.round(Math.sqrt(most))), grouped(most)]);
    figure.insertBefore(element("div", { class: "legend" }, element("span", {}, "tokens"), legend), figure.children[1]);
    return figure;
}

// A strip of colours over labels at equal distances; colours(t) for t from 0 to 1.
function scaleLegend(colours, labels) {
    const strip = element("span", { class: "strip" });
    const paint = () => {
        const stops = Array.from({ length: 13 }, (_, index) => css(colours(index / 12)));
        strip.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
    };
    onTheme(paint);
    paint();
    return element("span", { class: "scale" }, strip, element("span", { class: "labels" },
        labels.map((label) => element("span", {}, label))));
}
