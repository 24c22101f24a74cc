import HDF5
import Tensors

/// One column of a diagnosis on its way into the file.
///
/// A class, since writers cannot be copied and so stand in no array.
final class ColumnWriter<Element: TensorElement> {
    private var writer: ChunkedWriter<Element>?

    /// - Parameter width: numbers of each row; nil for a column of single numbers.
    init(_ name: String, in file: borrowing HDF5File, width: Int? = nil, rowsInChunk: Int = 16_384) throws {
        // libhdf5 wants chunks of something, also where rows are empty.
        let compression = width == 0 ? nil : HDF5Compression(.planes)
        let rows = max(1, rowsInChunk / max(1, width ?? 1))
        let chunk = [rows] + (width.map { [max(1, $0)] } ?? [])
        let dataset = try file.createDataset(
            name, of: Element.elementType, shape: [0] + (width.map { [$0] } ?? []),
            layout: .chunked(HDF5Chunking(shape: chunk, compression: compression, isExtendable: true)))
        writer = try ChunkedWriter(dataset, method: .planes)
    }

    func append(_ elements: [Element]) throws { try writer?.append(elements) }

    func finish() throws { try writer.take()?.finish() }
}
