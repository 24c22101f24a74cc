/// Pointers that the threads of a team read, or write in places that no two of them share.
struct SharedAcrossThreads<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
