import Checkpoints
import Tensors

/// An inspection as tables of tensors.
struct CheckpointTable {
    private let found: CheckpointInspection

    init(_ found: CheckpointInspection) {
        self.found = found
    }

    /// `28×1024`; of a scalar `scalar`.
    static func shape(_ shape: [Int]) -> String {
        shape.isEmpty ? "scalar" : shape.map { "\($0)" }.joined(separator: "×")
    }

    func tensors() -> String {
        var table = Table()
        table.add(["name", "type", "shape", "parameters", "bytes", "role"] + (found.settings.hashes ? ["sha256"] : []))
        for item in found.items {
            let digest = found.settings.hashes ? [item.digest.map { String($0.prefix(16)) } ?? "-"] : []
            table.add(
                [
                    CheckpointView.printable(item.tensor.name), item.tensor.typeName, Self.shape(item.tensor.shape),
                    Numbers.grouped(item.tensor.elementCount), Numbers.bytes(item.tensor.byteCount),
                    item.role.rawValue,
                ] + digest)
        }
        let unread = found.items.compactMap { item in
            item.unreadReason.map {
                "  \(CheckpointView.printable(item.tensor.name)): not read: \(CheckpointView.printable($0))\n"
            }
        }
        return found.items.isEmpty ? "" : table.text + unread.joined()
    }

    func statistics() -> String {
        var table = Table()
        table.add(
            "name", "mean", "std", "min", "max", "kurtosis", "median", "L2", "zeros", "subnormal", "NaN", "Inf")
        for item in found.items {
            guard let statistics = item.statistics else { continue }
            let (counts, moments) = (statistics.counts, statistics.moments)
            let median = statistics.quantiles.first { $0.share == 0.5 }?.value
            table.add(
                CheckpointView.printable(item.tensor.name), Numbers.significant(moments?.mean),
                Numbers.significant(moments?.standardDeviation), Numbers.significant(moments?.minimum),
                Numbers.significant(moments?.maximum), Numbers.significant(moments?.kurtosis),
                (statistics.isExact ? "" : "~") + Numbers.significant(median), Numbers.significant(moments?.l2),
                Numbers.grouped(counts.zero), Numbers.grouped(counts.subnormal), Numbers.grouped(counts.nan),
                Numbers.grouped(counts.positiveInfinity + counts.negativeInfinity))
        }
        return found.items.isEmpty ? "" : table.text
    }

    func spectra() -> String {
        var table = Table()
        table.add(
            "name", "largest", "stable rank", "effective rank", "of", "condition", "alpha", "distance", "power law")
        var skipped = ""
        for item in found.items {
            let name = CheckpointView.printable(item.tensor.name)
            switch item.spectrum {
            case .measured(let spectrum)?:
                let law = spectrum.powerLaw
                table.add(
                    name, Numbers.significant(spectrum.singularValues.first),
                    Numbers.significant(spectrum.stableRank), Numbers.significant(spectrum.effectiveRank),
                    Numbers.grouped(spectrum.singularValues.count),
                    spectrum.conditionNumber.map { Numbers.significant($0) }
                        ?? "> \(Numbers.significant(1 / spectrum.resolution, 2))",
                    Numbers.significant(law?.alpha, 3), Numbers.significant(law?.distance, 2),
                    law.map { $0.isPoorFit ? "poor fit" : "fits" } ?? "-")
            case .skipped(let reason)?:
                skipped += "  \(name): no spectrum: \(reason)\n"
            case nil: break
            }
        }
        return table.text + skipped
    }

    /// One line a tensor, with the columns that were asked for.
    func csv() -> String {
        var csv = CSV()
        let settings = found.settings
        var titles = ["index", "name", "dtype", "shape", "parameters", "bytes", "role", "layer"]
        if settings.hashes { titles.append("sha256") }
        if settings.measuresStatistics { titles += Self.statisticTitles }
        if settings.measuresSpectra { titles += Self.spectrumTitles }
        csv.add(titles)
        for item in found.items {
            let tensor = item.tensor
            var cells = [
                "\(item.index)", tensor.name, tensor.typeName, tensor.shape.map { "\($0)" }.joined(separator: "x"),
                "\(tensor.elementCount)", "\(tensor.byteCount)", item.role.rawValue, item.layer.map { "\($0)" } ?? "",
            ]
            if settings.hashes { cells.append(item.digest ?? "") }
            if settings.measuresStatistics { cells += Self.cells(item.statistics) }
            if settings.measuresSpectra { cells += Self.cells(item.spectrum) }
            csv.add(cells)
        }
        return csv.text
    }

    private static let statisticTitles =
        ["nan", "positive_infinity", "negative_infinity", "zero", "subnormal", "min", "max", "mean", "std", "kurtosis"]
        + ["l1", "l2"] + TensorStatistics.shares.map { "q\($0)" }
        + ["zero_rows", "constant_rows", "narrower_dtype"]

    private static let spectrumTitles = [
        "largest_singular_value", "stable_rank", "effective_rank", "condition_number", "alpha", "alpha_distance",
        "poor_fit",
    ]

    private static func cells(_ statistics: TensorStatistics?) -> [String] {
        guard let statistics else { return statisticTitles.map { _ in "" } }
        let (counts, moments) = (statistics.counts, statistics.moments)
        let numbers = [
            moments?.minimum, moments?.maximum, moments?.mean, moments?.standardDeviation, moments?.kurtosis,
            moments?.l1, moments?.l2,
        ]
        let quantiles = TensorStatistics.shares.map { share in statistics.quantiles.first { $0.share == share }?.value }
        return [counts.nan, counts.positiveInfinity, counts.negativeInfinity, counts.zero, counts.subnormal].map {
            "\($0)"
        } + (numbers + quantiles).map(cell)
            + [statistics.rows.map { "\($0.zero)" } ?? "", statistics.rows.map { "\($0.constant)" } ?? ""]
            + [statistics.narrowerType?.name ?? ""]
    }

    private static func cells(_ spectrum: SpectrumResult?) -> [String] {
        guard case .measured(let spectrum)? = spectrum else { return spectrumTitles.map { _ in "" } }
        let law = spectrum.powerLaw
        return [
            spectrum.singularValues.first, spectrum.stableRank, spectrum.effectiveRank, spectrum.conditionNumber,
            law?.alpha, law?.distance,
        ].map(cell) + [law.map { "\($0.isPoorFit)" } ?? ""]
    }

    static func cell(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
}
