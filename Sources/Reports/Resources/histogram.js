// Counts in equal steps; the vertical axis is logarithmic in the count.

function histogram(block) {
    const steps = Math.max(...block.series.map((series) => series.counts.length));
    const edge = (index) => block.lower + ((block.upper - block.lower) * index) / steps;
    const number = (position) => axisNumber(position, block.scale);
    const range = (index) => {
        const bounds = [shown(number(edge(index)), 3), shown(number(edge(index + 1)), 3)];
        if (block.clamped && index === 0) return "below " + bounds[1];
        if (block.clamped && index === steps - 1) return bounds[0] + " and above";
        return bounds[0] + " to " + bounds[1];
    };
    const most = Math.max(0, ...block.series.flatMap((series) => series.counts));
    const draw = (canvas) => {
        if (most === 0) return nothing(canvas, "There is nothing to count.");
        if (block.marks.length > 0) canvas.top += 12;
        const x = axis(block.lower, block.upper, canvas.left, canvas.right, block.scale);
        const y = axis(-0.3, Math.max(1, Math.log10(most) * 1.03), canvas.bottom, canvas.top, "log");
        drawAxes(canvas, x, y, block);
        const height = (count) => y(count > 0 ? Math.log10(count) : y.low);
        for (const series of block.series) {
            canvas.drawing.append(block.series.length > 1 ? outline(series) : columns(series));
        }
        drawMarks(canvas, block.marks, x);
        return (left) => {
            const index = Math.min(steps - 1, Math.max(0, Math.floor(((x.inverse(left) - x.low) / (x.high - x.low)) * steps)));
            return { x: left, y: canvas.bottom - 30, lines: [range(index), ...block.series.map((series) =>
                `${series.name}: ${grouped(series.counts[index])}`)] };
        };

        function columns(series) {
            const group = shape("g", { class: "fill " + series.role });
            series.counts.forEach((count, index) => {
                if (count === 0) return;
                const left = x(edge(index));
                group.append(shape("rect", { x: left + 0.5, y: height(count), height: canvas.bottom - height(count),
                    width: Math.max(0.5, x(edge(index + 1)) - left - 1) }));
            });
            return group;
        }

        function outline(series) {
            let path = `M${canvas.left},${canvas.bottom}`;
            series.counts.forEach((count, index) => {
                path += `V${height(count).toFixed(1)}H${x(edge(index + 1)).toFixed(1)}`;
            });
            path += `V${canvas.bottom}`;
            return shape("g", {}, shape("path", { d: path + "Z", class: "wash " + series.role }),
                shape("path", { d: path, class: "line " + series.role }));
        }
    };
    const legend = block.series.length > 1 ? block.series.map((series) => [series.role, series.name]) : null;
    return chart(block, { legend, draw, numbers: () => ({
        names: [block.x, ...block.series.map((series) => series.name)],
        rows: Array.from({ length: steps }, (_, index) =>
            [range(index), ...block.series.map((series) => grouped(series.counts[index]))]),
    }) });
}

// Dashed lines across, with names above; neighbours that would overlap share their room.
function drawMarks(canvas, marks, x) {
    const sorted = marks.filter((mark) => mark.at >= x.low && mark.at <= x.high).sort((a, b) => a.at - b.at);
    sorted.forEach((mark, index) => {
        const place = x(mark.at);
        const near = (other) => other && Math.abs(x(other.at) - place) < 76;
        let style = "mark middle";
        if (near(sorted[index + 1]) || place > canvas.right - 40) style = "mark end";
        else if (near(sorted[index - 1]) || place < canvas.left + 40) style = "mark";
        canvas.drawing.append(
            shape("line", { class: "markline", x1: place, x2: place, y1: canvas.top - 2, y2: canvas.bottom }),
            text(mark.label, place + (style === "mark end" ? 3 : style === "mark" ? -3 : 0), canvas.top - 6, style));
    });
}
