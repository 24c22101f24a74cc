import Files

/// Reads boxes of elements at regular distances into one block of memory. All boxes lie inside the tensor, and the tensor
/// inside its file, which ``Checkpoint`` has checked.
struct StridedGathering {
    typealias Axis = StridedReader.Axis

    let file: RandomAccessFile
    let tensor: String
    let offset: Int
    let width: Int
    let target: UnsafeMutableRawBufferPointer
    let smallRead: Int
    let largestRead: Int
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(
        file: RandomAccessFile, tensor: String, offset: Int, width: Int, target: UnsafeMutableRawBufferPointer,
        smallRead: Int, largestRead: Int
    ) {
        self.file = file
        self.tensor = tensor
        self.offset = offset
        self.width = width
        self.target = target
        self.smallRead = smallRead
        self.largestRead = largestRead
    }

    func release() {
        buffer.deallocate()
    }

    /// Reads a box; one that is too thin is halved along the dimension that makes it so.
    ///
    /// - Parameters:
    ///   - source: its first element in the file, from that of the tensor on.
    ///   - place: its first element in the block.
    mutating func gather(_ axes: [Axis], source: Int, into place: Int) throws {
        var axes = axes
        var (last, count) = (0, 1)
        var widest: (axis: Int, reach: Int)?
        for (index, axis) in axes.enumerated() {
            let reach = (axis.extent - 1) * axis.stride
            last += reach
            count *= axis.extent
            if reach > widest?.reach ?? 0 { widest = (index, reach) }
        }
        let stretch = (last + 1) * width
        if let widest, stretch > largestRead || stretch > max(smallRead, 2 * count * width) {
            if last + 1 == count, axes.count == 1 { return try readRun(count, source: source, into: place) }
            let whole = axes[widest.axis]
            let half = whole.extent / 2
            axes[widest.axis].extent = half
            try gather(axes, source: source, into: place)
            axes[widest.axis].extent = whole.extent - half
            return try gather(axes, source: source + half * whole.stride, into: place + half * whole.step)
        }
        axes.removeAll { $0.extent == 1 }
        if axes.isEmpty || (axes.count == 1 && axes[0].stride == 1 && axes[0].step == 1) {
            return try readRun(count, source: source, into: place)
        }
        let memory = try read(stretch, source: source)
        switch width {
        case 1: copy(axes[...], memory, 0, place, as: UInt8.self)
        case 2: copy(axes[...], memory, 0, place, as: UInt16.self)
        case 4: copy(axes[...], memory, 0, place, as: UInt32.self)
        case 8: copy(axes[...], memory, 0, place, as: UInt64.self)
        default: copy(axes[...], memory, 0, place, as: SIMD2<UInt64>.self)
        }
    }

    /// Elements that touch, in the file and in the block.
    private func readRun(_ count: Int, source: Int, into place: Int) throws {
        let part = UnsafeMutableRawBufferPointer(rebasing: target[place * width..<(place + count) * width])
        try file.readFully(at: offset + source * width, into: part, tensor: tensor)
    }

    private mutating func read(_ count: Int, source: Int) throws -> UnsafeRawBufferPointer {
        if buffer.count < count {
            buffer.deallocate()
            buffer = .allocate(byteCount: count, alignment: 64)
        }
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        try file.readFully(at: offset + source * width, into: part, tensor: tensor)
        return UnsafeRawBufferPointer(part)
    }

    private func copy<Element: BitwiseCopyable>(
        _ axes: ArraySlice<Axis>, _ memory: UnsafeRawBufferPointer, _ source: Int, _ place: Int, as type: Element.Type
    ) {
        guard let axis = axes.first else { return }
        let size = MemoryLayout<Element>.size
        guard axes.count == 1 else {
            for index in 0..<axis.extent {
                copy(axes.dropFirst(), memory, source + index * axis.stride, place + index * axis.step, as: type)
            }
            return
        }
        if axis.stride == 1, axis.step == 1 {
            let bytes = axis.extent * size
            UnsafeMutableRawBufferPointer(rebasing: target[place * size..<place * size + bytes])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[source * size..<source * size + bytes]))
            return
        }
        // Blocks may begin at any address: their owner only promises room.
        for index in 0..<axis.extent {
            let element = memory.loadUnaligned(fromByteOffset: (source + index * axis.stride) * size, as: type)
            target.storeBytes(of: element, toByteOffset: (place + index * axis.step) * size, as: type)
        }
    }
}
