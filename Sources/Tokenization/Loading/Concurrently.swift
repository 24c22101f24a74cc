import Dispatch

/// Computes two things at the same time, where there is a processor for the second.
func concurrently<First: Sendable, Second: Sendable>(
    _ first: @Sendable () -> First, _ second: @Sendable () -> Second
) -> (First, Second) {
    var results: (first: First?, second: Second?) = (nil, nil)
    withUnsafeMutablePointer(to: &results.first) { one in
        withUnsafeMutablePointer(to: &results.second) { other in
            nonisolated(unsafe) let (one, other) = (one, other)
            DispatchQueue.concurrentPerform(iterations: 2) { index in
                if index == 0 { one.pointee = first() } else { other.pointee = second() }
            }
        }
    }
    return (results.first ?? first(), results.second ?? second())
}
