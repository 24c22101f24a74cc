import Glibc
import Tensors

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
