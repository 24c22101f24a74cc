/// The prompts of a dataset, each with the rows that hold its traces.
struct PromptTable: Sendable {
    /// For each prompt its rows, in their order; at least one.
    let rows: [[Int]]

    /// Gathers rows by their prompts, in the order in which those first appear. O(rows).
    init(_ numbers: [Int32]) {
        var places: [Int32: Int] = [:]
        var rows: [[Int]] = []
        for (row, number) in numbers.enumerated() {
            if let place = places[number] {
                rows[place].append(row)
            } else {
                places[number] = rows.count
                rows.append([row])
            }
        }
        self.rows = rows
    }
}
