import CYAML

/// What a YAML text consists of, one part after the other.
struct YAMLEvent {
    enum Kind {
        case scalar(text: String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case alias
        case documentStart
        case documentEnd
        case streamStart
        case streamEnd
    }

    let kind: Kind
    /// The line on which it starts, from 1.
    let line: Int
    /// Whether it has an anchor, by which an alias could repeat it.
    let hasAnchor: Bool
    /// Whether it has a tag, such as `!!python/object`.
    let hasTag: Bool
}

/// libyaml's parser of events. Its work is linear, its nesting a stack on the heap.
final class YAMLEvents {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let text: UnsafeMutableBufferPointer<UInt8>

    /// Copies the text.
    ///
    /// - Throws: ``ConfigurationError`` where there is no memory.
    init(_ bytes: [UInt8]) throws(ConfigurationError) {
        // The parser points to itself, and to the text: neither may move.
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw ConfigurationError(.invalidYAML, "there is no memory to parse it")
        }
        self.parser = parser
        text = .allocate(capacity: max(bytes.count, 1))
        _ = text.initialize(from: bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, text.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        text.deallocate()
    }

    /// The next event. Not to be called again after an error, nor after the end of the stream.
    ///
    /// - Throws: ``ConfigurationError`` with the line, where the text is not YAML.
    func next() throws(ConfigurationError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + 1
        func result(_ kind: YAMLEvent.Kind, anchor: Bool = false, tag: Bool = false) -> YAMLEvent {
            YAMLEvent(kind: kind, line: line, hasAnchor: anchor, hasTag: tag)
        }
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return result(
                .scalar(
                    text: String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                anchor: scalar.anchor != nil, tag: scalar.tag != nil)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return result(.sequenceStart, anchor: start.anchor != nil, tag: start.tag != nil)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return result(.mappingStart, anchor: start.anchor != nil, tag: start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return result(.sequenceEnd)
        case YAML_MAPPING_END_EVENT: return result(.mappingEnd)
        case YAML_ALIAS_EVENT: return result(.alias)
        case YAML_DOCUMENT_START_EVENT: return result(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return result(.documentEnd)
        case YAML_STREAM_START_EVENT: return result(.streamStart)
        default: return result(.streamEnd)
        }
    }

    private var failure: ConfigurationError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "it cannot be parsed"
        // What is no UTF-8 is noticed before there is a line.
        let line =
            state.error == YAML_READER_ERROR
            ? 1 + newlines(before: state.problem_offset) : Int(state.problem_mark.line) + 1
        return ConfigurationError(.invalidYAML, line: line, "this is not YAML: \(problem)")
    }

    private func newlines(before offset: Int) -> Int {
        text[..<min(max(offset, 0), text.count)].reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    }
}
