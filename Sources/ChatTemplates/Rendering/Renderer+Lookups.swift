// What stands after a dot or in brackets.

extension Renderer {
    func attribute(_ name: AttributeName, of value: Value) throws(ChatTemplateError) -> Value {
        if let found = try ownAttribute(name, of: value) { return found }
        if case .dictionary(let members) = value, let member = members.value(for: name.text) { return member }
        return .undefined(Undefined(.attribute(type: value.typeOfObject, name: name.text)))
    }

    /// An attribute that the object has by itself, apart from its members; nil where there is none.
    private func ownAttribute(_ name: AttributeName, of value: Value) throws(ChatTemplateError) -> Value? {
        switch value {
        case .undefined(let undefined): throw error(undefined.message)
        case .namespace(let namespace):
            if let found = namespace[name.text] { return found }
        case .loop(let loop):
            if let found = try loop.attribute(name.text.string, self) { return found }
        case .macro(let macro):
            switch name.text.string {
            case "name": return macro.macro.name.map { .string($0) } ?? .null
            case "arguments": return try list(macro.macro.parameters.map { .string($0.name) })
            case "catch_kwargs": return .bool(macro.macro.keywordsSlot != nil)
            case "catch_varargs": return .bool(macro.macro.positionalSlot != nil)
            case "caller": return .bool(macro.macro.callerSlot != nil)
            default: break
            }
        default: break
        }
        if let method = name.method {
            switch method.availability(on: value) {
            case .callable: return .method(MethodValue(value, method))
            case .unsafe: return .undefined(Undefined(.unsafe(type: value.typeOfObject, name: name.text)))
            case .unsupported: throw error("unsupported attribute '\(name.text)' of '\(value.type)'")
            case .none: break
            }
        }
        return name.isInner ? .undefined(Undefined(.unsafe(type: value.typeOfObject, name: name.text))) : nil
    }

    func item(_ index: Value, of value: Value) throws(ChatTemplateError) -> Value {
        switch value {
        case .undefined(let undefined): throw error(undefined.message)
        case .dictionary(let members):
            if case .string(let name) = index {
                if let member = members.value(for: name) { return member }
            } else if let key = DictionaryKey(index), let member = members.value(for: key) {
                return member
            }
        case .list(let list), .tuple(let list):
            if let place = place(index, list.elements.count) { return list.elements[place] }
        case .range(let range):
            if let place = place(index, range.count) { return .int(range[place]) }
        case .string(let text):
            guard index.index != nil else { break }
            try spend(bytes: text.bytes.count)
            if let place = place(index, text.count), var scalar = text.scalar(at: place) {
                scalar.isMarkup = text.isMarkup
                return .string(scalar)
            }
        default: break
        }
        if case .string(let name) = index {
            if let found = try ownAttribute(AttributeName(name), of: value) { return found }
            return .undefined(Undefined(.attribute(type: value.typeOfObject, name: name)))
        }
        return .undefined(Undefined(.element(type: value.typeOfObject, shown: try representation(of: index).string)))
    }

    /// A place counted from the end where it is negative; nil outside, and for what is no integer.
    private func place(_ index: Value, _ count: Int) -> Int? {
        guard let index = index.index else { return nil }
        let place = index < 0 ? index + count : index
        return (0..<count).contains(place) ? place : nil
    }

    func sliceBound(_ value: Value) throws(ChatTemplateError) -> Int? {
        switch value {
        case .null: return nil
        case .int(let value): return value
        case .bool(let value): return value ? 1 : 0
        default: throw error("a slice wants integers, not '\(value.type)'")
        }
    }

    func slice(_ value: Value, _ start: Int?, _ stop: Int?, _ step: Int?) throws(ChatTemplateError) -> Value {
        let count: Int
        switch value {
        case .undefined(let undefined): throw error(undefined.message)
        case .string(let text):
            try spend(bytes: text.bytes.count)
            count = text.count
        case .list(let list), .tuple(let list): count = list.elements.count
        case .range(let range): count = range.count
        default:
            // Where jinja2 computes an output beforehand, it takes such a failure for a lookup that finds nothing.
            guard isInConstant else { throw error("'\(value.type)' cannot be sliced") }
            return .undefined(Undefined(.element(type: value.typeOfObject, shown: "of a slice")))
        }
        let step = step ?? 1
        guard step != 0 else { throw error("the step of a slice is 0") }
        func clamped(_ bound: Int?, _ initial: Int) -> Int {
            guard let bound else { return initial }
            let lowest = step < 0 ? -1 : 0
            let highest = step < 0 ? count - 1 : count
            return min(max(bound < 0 ? bound + count : bound, lowest), highest)
        }
        let first = clamped(start, step < 0 ? count - 1 : 0)
        let end = clamped(stop, step < 0 ? -1 : count)
        // No step leads further than once across.
        let indices = stride(from: first, to: end, by: max(-count - 1, min(step, count + 1)))
        switch value {
        case .string(let text):
            return try string(text.selecting(indices, ascending: step == 1 ? first..<max(first, end) : nil))
        case .list(let list):
            return try self.list(indices.map { list.elements[$0] })
        case .tuple(let list):
            return try tuple(indices.map { list.elements[$0] })
        case .range(let range):
            let (start, overflow) = range.step.multipliedReportingOverflow(by: first)
            let (by, tooLong) = range.step.multipliedReportingOverflow(by: step)
            let (stop, tooFar) = range.step.multipliedReportingOverflow(by: end)
            guard !overflow, !tooLong, !tooFar,
                let result = RangeValue(start: range.start &+ start, stop: range.start &+ stop, step: by)
            else { throw error("a range is too large") }
            return .range(result)
        default:
            return .null
        }
    }
}
