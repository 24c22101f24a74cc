/// The style and the scripts of pages, built into the program from the files under Resources.
extension PackageResources {
    /// The style sheets, one behind the other.
    static var style: [UInt8] { frame_css + tables_css + charts_css + tokens_css + rollouts_css }

    /// The scripts, one behind the other, inside one function, so that nothing of theirs is global.
    static var script: [UInt8] {
        let parts = [
            dom_js, numbers_js, colours_js, theme_js, axes_js, chart_js, histogram_js, lines_js, hexbin_js, bars_js,
            table_js, blocks_js, cells_js, details_js, tokens_js, rollouts_js, page_js,
        ]
        return Array("(function () {\n\"use strict\";\n".utf8) + parts.joined() + Array("})();\n".utf8)
    }
}
