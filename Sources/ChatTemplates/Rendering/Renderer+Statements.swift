extension Renderer {
    /// How a statement ended.
    enum Flow { case normal, broken, continued }

    func enter(_ entries: [ScopeEntry], _ frame: Frame) {
        for entry in entries {
            switch entry.source {
            case .missing: frame.slots[entry.slot] = nil
            case .context(let number): frame.slots[entry.slot] = context[number]
            case .copy(let hops, let slot): frame.slots[entry.slot] = self.frame(frame, hops).slots[slot]
            }
        }
    }

    func frame(_ frame: Frame, _ hops: Int) -> Frame {
        var frame = frame
        for _ in 0..<hops { if let parent = frame.parent { frame = parent } }
        return frame
    }

    func execute(_ block: Block, _ frame: Frame) throws(ChatTemplateError) -> Flow {
        enter(block.entries, frame)
        return try execute(block.body, frame)
    }

    func execute(_ statements: [Statement], _ frame: Frame) throws(ChatTemplateError) -> Flow {
        for statement in statements {
            try step()
            let flow: Flow
            switch statement {
            case .text(let text):
                try write(text.bytes)
                continue
            case .output(let expression):
                try writeValue(try evaluate(expression, frame))
                continue
            case .constant(let expression):
                isInConstant = true
                defer { isInConstant = false }
                try writeValue(try evaluate(expression, frame))
                continue
            case .assign(let target, let expression, let line):
                try assign(expression, to: target, frame, line)
                continue
            case .breakLoop: return .broken
            case .continueLoop: return .continued
            case .conditional(let branches, let otherwise): flow = try conditional(branches, otherwise, frame)
            default: flow = try deeper { () throws(ChatTemplateError) in try executeBlock(statement, frame) }
            }
            if flow != .normal { return flow }
        }
        return .normal
    }

    private func writeValue(_ value: Value) throws(ChatTemplateError) {
        if case .string(let text) = value {
            try write(text.bytes)
        } else {
            try write(try text(of: value).bytes)
        }
    }

    /// jinja2 joins what these blocks come to without making a string of it.
    private func writeText(_ value: Value) throws(ChatTemplateError) {
        guard case .string(let text) = value else { throw error("the block comes to a \(value.type), not to a string") }
        try write(text.bytes)
    }

    private func conditional(
        _ branches: [Branch], _ otherwise: [Statement], _ frame: Frame
    ) throws(ChatTemplateError) -> Flow {
        for branch in branches where try evaluate(branch.test, frame).isTrue {
            return try deeper { () throws(ChatTemplateError) in try execute(branch.body, frame) }
        }
        return try deeper { () throws(ChatTemplateError) in try execute(otherwise, frame) }
    }

    private func executeBlock(_ statement: Statement, _ frame: Frame) throws(ChatTemplateError) -> Flow {
        switch statement {
        case .loop(let loop): return try executeLoop(loop, frame)
        case .capture(let target, let filter, let block, let line):
            let (flow, text) = try capture { () throws(ChatTemplateError) in try execute(block, frame) }
            guard flow == .normal else { return flow }
            try store(try filtered(text, filter, frame), in: target, frame, line)
            return .normal
        case .filtered(let filter, let block):
            let (flow, text) = try capture { () throws(ChatTemplateError) in try execute(block, frame) }
            guard flow == .normal else { return flow }
            try writeText(try filtered(text, filter, frame))
            return .normal
        case .with(let values, let block, let line):
            enter(block.entries, frame)
            // One after the other: a later value is computed outside, after the earlier targets are set.
            for (target, value) in values { try store(try evaluate(value, frame), in: target, frame, line) }
            return try execute(block.body, frame)
        case .generation(let block):
            return try execute(block, frame)
        case .macro(let target, let macro):
            try store(.macro(MacroValue(macro, frame)), in: target, frame, macro.line)
            return .normal
        case .callBlock(let call, let macro):
            let caller = Value.macro(MacroValue(macro, frame))
            guard case .call(let callee, let arguments) = call.kind else { return .normal }
            let function = try evaluate(callee, frame)
            var values = try evaluate(arguments, frame)
            values.keywords.append((Text("caller"), caller))
            line = call.line
            try writeText(try self.call(function, values))
            return .normal
        case .text, .output, .constant, .conditional, .assign, .breakLoop, .continueLoop:
            return try execute([statement], frame)
        }
    }

    private func filtered(_ text: Text, _ filter: Expression?, _ frame: Frame) throws(ChatTemplateError) -> Value {
        guard let filter else { return .string(text) }
        let outer = captured
        defer { captured = outer }
        captured = .string(text)
        return try evaluate(filter, frame)
    }

    // MARK: Assignments

    private func assign(
        _ expression: Expression, to target: Target, _ frame: Frame, _ line: Int
    ) throws(ChatTemplateError) {
        try checkNamespaces(target, frame, line)
        try store(try evaluate(expression, frame), in: target, frame, line)
    }

    /// jinja2 asks whether the target is a namespace before it computes the value.
    private func checkNamespaces(_ target: Target, _ frame: Frame, _ line: Int) throws(ChatTemplateError) {
        switch target {
        case .attribute(let expression, _):
            guard case .namespace = try evaluate(expression, frame) else {
                self.line = line
                throw error("cannot assign an attribute of what is no namespace")
            }
        case .tuple(let targets): for target in targets { try checkNamespaces(target, frame, line) }
        case .name, .slot: break
        }
    }

    func store(_ value: Value, in target: Target, _ frame: Frame, _ line: Int) throws(ChatTemplateError) {
        switch target {
        case .slot(let slot): frame.slots[slot] = value
        case .name: break
        case .attribute(let expression, let name):
            guard case .namespace(let namespace) = try evaluate(expression, frame) else { return }
            self.line = line
            try set(name, value, namespace)
        case .tuple(let targets):
            self.line = line
            guard !value.isUndefined || targets.isEmpty else { throw error("nothing to unpack: \(describe(value))") }
            var cursor = try Cursor(value, self)
            let values = try cursor.rest(self)
            guard values.count == targets.count else {
                throw error("\(values.count) values for \(targets.count) names")
            }
            for (target, value) in zip(targets, values) { try store(value, in: target, frame, line) }
        }
    }

    func set(_ name: Text, _ value: Value, _ namespace: NamespaceValue) throws(ChatTemplateError) {
        guard name.bytes.first != UInt8(ascii: "_") else {
            throw error("an attribute of a namespace cannot begin with '_': '\(name)'")
        }
        try spend(values: namespace.names.count >> 3)
        namespace[name] = value
    }

    private func describe(_ value: Value) -> String {
        if case .undefined(let undefined) = value { undefined.message } else { value.type }
    }

    // MARK: Loops

    private func executeLoop(_ loop: Loop, _ frame: Frame) throws(ChatTemplateError) -> Flow {
        let iterable = try evaluate(loop.iterable, frame)
        line = loop.line
        guard !loop.isRecursive else {
            try write(try recurse(loop, frame, iterable, depth0: 0).bytes)
            return .normal
        }
        return try iterate(loop, frame, iterable, depth0: 0, recursion: nil)
    }

    /// Renders a recursive loop over these elements.
    func recurse(
        _ loop: Loop, _ outer: Frame, _ iterable: Value, depth0: Int
    ) throws(ChatTemplateError) -> Text {
        try spend(values: 8)
        return try capture { () throws(ChatTemplateError) in
            try run(slotCount: loop.slotCount, parent: outer) { (frame) throws(ChatTemplateError) in
                _ = try iterate(loop, frame, iterable, depth0: depth0, recursion: (loop, outer))
            }
        }.text
    }

    private func iterate(
        _ loop: Loop, _ frame: Frame, _ iterable: Value, depth0: Int, recursion: (loop: Loop, frame: Frame)?
    ) throws(ChatTemplateError) -> Flow {
        var cursor = try Cursor(iterable, self)
        if let test = loop.test, let target = loop.testTarget {
            cursor = Cursor(selection(cursor, test, target, loop, frame, depth: iterable.depth))
        }
        var hasRun = false
        if let slot = loop.loopSlot {
            let state = LoopValue(cursor, depth0: depth0, recursion: recursion)
            defer {
                frame.slots[slot] = nil
                keep(state)
            }
            while let value = try state.advance(self) {
                try step()
                try store(value, in: loop.target, frame, loop.line)
                frame.slots[slot] = .loop(state)
                let flow = try execute(loop.body, frame)
                if flow == .broken { break }
                if flow == .normal { hasRun = true }
            }
        } else {
            while let value = try cursor.next(self) {
                try step()
                try store(value, in: loop.target, frame, loop.line)
                let flow = try execute(loop.body, frame)
                if flow == .broken { break }
                if flow == .normal { hasRun = true }
            }
        }
        // As jinja2 has it, a loop has run when a body came to its end: one that only continued has not.
        guard let otherwise = loop.otherwise, !hasRun else { return .normal }
        return try execute(otherwise, frame)
    }

    /// The elements that pass the test of a loop, found as they are asked for.
    private func selection(
        _ source: Cursor, _ test: Expression, _ target: Target, _ loop: Loop, _ frame: Frame, depth: Int
    ) -> IteratorValue {
        var source = source
        var hasBegun = false
        return IteratorValue("generator", depth: depth) { (renderer) throws(ChatTemplateError) in
            if !hasBegun { renderer.enter(loop.testEntries, frame) }
            hasBegun = true
            while let value = try source.next(renderer) {
                try renderer.step()
                try renderer.store(value, in: target, frame, loop.line)
                if try renderer.evaluate(test, frame).isTrue { return value }
            }
            return nil
        }
    }
}
