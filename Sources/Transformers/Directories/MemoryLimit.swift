import Glibc
import Tensors

/// What the machine can hold.
enum MemoryLimit {
    /// Refuses what the machine's memory cannot hold, before memory is asked for.
    ///
    /// - Parameter bytes: nil for more than can be counted.
    /// - Throws: `limitExceeded`.
    static func require(_ bytes: Int?, path: String, for what: String) throws(TransformerError) {
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard let bytes, bytes <= memory else {
            throw TransformerError(
                .limitExceeded, path: path,
                "\(what) would take \(bytes.map { "\($0)" } ?? "far too many") bytes, and the machine has \(memory) bytes of "
                    + "memory")
        }
    }

    /// The sum of products of positive numbers, in bytes of binary32; nil where it overflows.
    static func bytes(_ products: [(Int, Int)]) -> Int? {
        var total = 0
        for (a, b) in products {
            let (size, overflows) = a.multipliedReportingOverflow(by: b)
            let (bytes, overflowsToo) = size.multipliedReportingOverflow(by: 4)
            let (sum, overflowsAgain) = total.addingReportingOverflow(bytes)
            guard !overflows, !overflowsToo, !overflowsAgain else { return nil }
            total = sum
        }
        return total
    }
}

extension TransformerWeights {
    /// Refuses a model that the machine's memory cannot hold, before memory is asked for.
    ///
    /// - Throws: `limitExceeded`.
    static func requireMemory(_ table: ParameterTable, type: ElementType, path: String) throws(TransformerError) {
        var total = 0
        for parameter in table.parameters {
            // The extents are bounded where the configuration is read, so that one parameter's size cannot overflow.
            let bytes = parameter.count * (parameter.isVector ? 4 : type.byteWidth)
            let (sum, overflows) = total.addingReportingOverflow(bytes)
            total = overflows ? .max : sum
        }
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard total <= memory else {
            throw TransformerError(
                .limitExceeded, path: path,
                "has weights of \(total) bytes in \(type.name), and the machine has \(memory) bytes of memory")
        }
    }
}
