import ArgumentParser

/// Rows by their numbers, from 0: `A..<B` or `A..B`, B not included.
struct RowRange: ExpressibleByArgument {
    let range: Range<Int>

    init?(argument: String) {
        guard let dots = argument.firstRange(of: "..") else { return nil }
        var end = argument[dots.upperBound...]
        if end.first == "<" { end.removeFirst() }
        guard let lower = Int(argument[..<dots.lowerBound]), let upper = Int(end), lower >= 0, upper >= lower else {
            return nil
        }
        range = lower..<upper
    }
}
