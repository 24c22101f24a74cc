// Numbers against a number, with bands.

function lines(block) {
    const places = block.places;
    const name = (index) => (block.names ? block.names[index] : shown(places[index]));
    const draw = (canvas) => {
        if (block.low === null || places.length === 0) return nothing(canvas, "There is nothing to draw.");
        const place = (number) => (block.log ? Math.log10(number) : number);
        const { low, high } = block;
        const single = places.length === 1;
        const x = axis(single ? places[0] - 1 : places[0], single ? places[0] + 1 : places[places.length - 1],
            canvas.left + 4, canvas.right - 4, block.counted ? "counted" : "linear");
        if (single) x.ticks = () => [places[0]];
        const y = axis(low, high, canvas.bottom, canvas.top, block.log ? "log" : "linear");
        drawAxes(canvas, x, y, block);
        const at = (number) => {
            const size = value(number);
            if (Number.isNaN(size) || (block.log && size < 0)) return null;
            return Math.min(canvas.bottom, Math.max(canvas.top, y(size === 0 && block.log ? low : place(size))));
        };
        for (const band of block.bands) {
            const points = places.map((_, index) => [x(places[index]), at(band.lower[index]), at(band.upper[index])])
                .filter((point) => point[1] !== null && point[2] !== null);
            if (points.length === 0) continue;
            const path = points.map((point) => `${point[0].toFixed(1)},${point[2].toFixed(1)}`)
                .concat(points.reverse().map((point) => `${point[0].toFixed(1)},${point[1].toFixed(1)}`));
            canvas.drawing.append(shape("path", { d: "M" + path.join("L") + "Z", class: "band both" }));
        }
        for (const series of block.series) {
            let path = "";
            let open = false;
            series.values.forEach((number, index) => {
                const height = at(number);
                // A line that ran along the edge would stand for numbers that it does not have.
                const drawable = height !== null && !(block.log && value(number) <= 0)
                    && (!block.log || (place(value(number)) >= low - 0.01 && place(value(number)) <= high + 0.01));
                if (drawable) path += `${open ? "L" : "M"}${x(places[index]).toFixed(1)},${height.toFixed(1)}`;
                if (drawable && places.length <= 24) {
                    canvas.drawing.append(shape("circle", { cx: x(places[index]), cy: height, r: 2.6, class: "dot " + series.role }));
                }
                open = drawable;
            });
            if (path) canvas.drawing.append(shape("path", { d: path, class: "line " + series.role }));
        }
        return (left) => {
            let nearest = 0;
            places.forEach((number, index) => {
                if (Math.abs(x(number) - left) < Math.abs(x(places[nearest]) - left)) nearest = index;
            });
            const rows = block.series.map((series) => `${series.name}: ${shown(series.values[nearest], block.digits)}`);
            for (const band of block.bands) rows.push(`${band.name}: ${shown(band.lower[nearest], block.digits)} to ${shown(band.upper[nearest], block.digits)}`);
            if (block.counts) rows.push(`${grouped(block.counts[nearest])} tokens`);
            return { x: x(places[nearest]), y: canvas.top + 110, lines: [name(nearest), ...rows] };
        };
    };
    const legend = [...block.series.map((series) => [series.role + " line", series.name]),
        ...block.bands.map((band, index) => ["both band b" + index, band.name])];
    return chart(block, { legend, draw, numbers: () => ({
        names: [block.x, ...(block.counts ? ["tokens"] : []), ...block.series.map((series) => series.name),
            ...block.bands.flatMap((band) => [band.name + ", lower", band.name + ", upper"])],
        rows: places.map((_, index) => [name(index), ...(block.counts ? [grouped(block.counts[index])] : []),
            ...block.series.map((series) => shown(series.values[index], block.digits)),
            ...block.bands.flatMap((band) => [shown(band.lower[index], block.digits), shown(band.upper[index], block.digits)])]),
    }) });
}
