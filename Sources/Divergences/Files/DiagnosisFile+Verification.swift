extension DiagnosisFile {
    /// What in the columns contradicts the contract, beyond types and shapes, which opening checks.
    ///
    /// - Throws: ``DivergenceError`` where sequences or texts contradict each other; `HDF5Error` where a column cannot be read.
    /// - Complexity: reads every column, one block of it at a time.
    public func violations() throws -> [String] {
        var found: [String] = []
        let offsets = try sequenceOffsets()
        _ = try vocabulary()
        _ = try sequenceIDs()
        for statistic in TokenStatistic.allCases {
            let isBelow = try firstRow { rows in try self.statistic(statistic, rows: rows).map { statistic.isNever($0) }
            }
            if let row = isBelow { found.append("'\(statistic.rawValue)' is out of its range at token \(row)") }
        }
        for column in TokenCount.allCases {
            let lowest: Int32 = column == .tokenID ? -1 : 0
            let isBelow = try firstRow { rows in try self.column(column, rows: rows).map { $0 < lowest } }
            if let row = isBelow { found.append("'\(column.rawValue)' is out of its range at token \(row)") }
        }
        for rows in blocks { _ = try segments(rows: rows) }
        var sequence = 0
        let isMisplaced = try firstRow { rows in
            try self.column(.sequence, rows: rows).enumerated().map { index, number in
                while sequence + 1 < offsets.count, offsets[sequence + 1] <= rows.lowerBound + index { sequence += 1 }
                return Int(number) != sequence
            }
        }
        if let row = isMisplaced { found.append("'sequence' is not the one of 'sequence_offsets' at token \(row)") }
        return found
    }

    /// Runs of tokens that are read at a time.
    private var blocks: [Range<Int>] {
        stride(from: 0, to: count, by: 1 << 18).map { $0..<min($0 + 1 << 18, count) }
    }

    private func firstRow(_ isWrong: (Range<Int>) throws -> [Bool]) rethrows -> Int? {
        for rows in blocks {
            if let index = try isWrong(rows).firstIndex(of: true) { return rows.lowerBound + index }
        }
        return nil
    }
}

extension TokenStatistic {
    /// Whether the number can be none of this statistic's; NaN always can, since it stands for what is not known.
    fileprivate func isNever(_ value: Double) -> Bool {
        switch self {
        case .klPQ, .klQP, .chiSquarePQ, .chiSquareQP, .entropyP, .entropyQ, .crossEntropyPQ, .crossEntropyQP,
            .varentropyP,
            .varentropyQ, .ratio, .k2, .k3, .topKL, .noiseFloor:
            value < 0
        case .jensenShannon, .totalVariation, .hellinger, .unsupportedPQ, .unsupportedQP, .topMassP, .topMassQ:
            // Sums of probabilities may be rounded to a little more than 1.
            value < 0 || value > 1 + 1e-9
        case .logP, .logQ: value > 1e-9
        case .deltaP: abs(value) > 1 + 1e-9
        case .logRatio, .k1, .logNormaliserP, .logNormaliserQ, .advantage: false
        }
    }
}
