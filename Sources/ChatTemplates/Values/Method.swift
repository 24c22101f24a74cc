/// The attributes that Python's own types have. A dictionary's member is hidden by an attribute of the same name.
enum Method: String, Sendable {
    // Strings
    case capitalize, casefold, center, count, encode, endswith, expandtabs, find, format, index, isalnum, isalpha,
        isascii
    case isdecimal, isdigit, isidentifier, islower, isnumeric, isprintable, isspace, istitle, isupper, join, ljust,
        lower
    case lstrip, maketrans, partition, removeprefix, removesuffix, replace, rfind, rindex, rjust, rpartition, rsplit,
        rstrip
    case split, splitlines, startswith, strip, swapcase, title, translate, upper, zfill
    case formatMap = "format_map"
    // Dictionaries
    case clear, copy, fromkeys, get, items, keys, pop, popitem, setdefault, update, values
    // Lists
    case append, extend, insert, remove, reverse, sort
    // Numbers
    case bitCount = "bit_count"
    case bitLength = "bit_length"
    case asIntegerRatio = "as_integer_ratio"
    case isInteger = "is_integer"
    case fromBytes = "from_bytes"
    case toBytes = "to_bytes"
    case conjugate, denominator, fromhex, hex, imag, numerator, real
    // Loops
    case cycle, changed
    // Ranges and views
    case start, stop, step, mapping, isdisjoint
}

/// The name after a dot.
struct AttributeName: Sendable {
    let text: Text
    /// The attribute of Python's own types that it may mean.
    let method: Method?

    init(_ name: String) {
        text = Text(name)
        method = Method(rawValue: name)
    }

    init(_ text: Text) {
        self.text = text
        method = Method(rawValue: text.string)
    }

    /// Python's inner attributes, which the sandbox keeps to itself.
    var isInner: Bool { text.bytes.starts(with: Array("__".utf8)) && text.bytes.suffix(2).elementsEqual("__".utf8) }
}

extension Method {
    enum Availability { case none, callable, unsafe, unsupported }

    /// Whether a value has this attribute, and whether a template may use it.
    func availability(on value: Value) -> Availability {
        switch value {
        case .string: onString
        case .dictionary:
            switch self {
            case .get, .items, .keys, .values, .copy: .callable
            case .clear, .pop, .popitem, .setdefault, .update: .unsafe
            case .fromkeys: .unsupported
            default: .none
            }
        case .list:
            switch self {
            case .count, .index, .copy: .callable
            case .append, .clear, .extend, .insert, .pop, .remove, .reverse, .sort: .unsafe
            default: .none
            }
        case .tuple, .range:
            switch self {
            case .count, .index: .callable
            case .start, .stop, .step: if case .range = value { .unsupported } else { .none }
            default: .none
            }
        case .int, .large, .bool:
            switch self {
            case .bitCount, .bitLength, .asIntegerRatio, .fromBytes, .toBytes, .conjugate, .denominator, .imag,
                .numerator,
                .real:
                .unsupported
            default: .none
            }
        case .float:
            switch self {
            case .isInteger: .callable
            case .asIntegerRatio, .conjugate, .fromhex, .hex, .imag, .real: .unsupported
            default: .none
            }
        case .keys, .values, .items:
            self == .mapping || self == .isdisjoint ? .unsupported : .none
        default: .none
        }
    }

    private var onString: Availability {
        switch self {
        case .encode, .expandtabs, .maketrans, .translate, .isidentifier, .formatMap: .unsupported
        case .capitalize, .casefold, .center, .count, .endswith, .find, .format, .index, .isalnum, .isalpha, .isascii,
            .isdecimal, .isdigit, .islower, .isnumeric, .isprintable, .isspace, .istitle, .isupper, .join, .ljust,
            .lower,
            .lstrip, .partition, .removeprefix, .removesuffix, .replace, .rfind, .rindex, .rjust, .rpartition, .rsplit,
            .rstrip, .split, .splitlines, .startswith, .strip, .swapcase, .title, .upper, .zfill:
            .callable
        default: .none
        }
    }
}
