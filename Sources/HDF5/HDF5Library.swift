import CHDF5
import Glibc

/// The one door to libhdf5: every call happens between `lock()` and `unlock()`.
///
/// libhdf5 keeps process-wide state. A build of it may be thread-safe or not; the lock makes both safe, and is
/// recursive so that a handle may be released while another call holds it.
enum HDF5Library {
    private struct State: @unchecked Sendable {
        let mutex: UnsafeMutablePointer<pthread_mutex_t>
        /// Held for the life of the process; nil when the library could not be opened.
        let problem: String?
    }

    private static let state: State = {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)

        // Before H5open: libhdf5's own exit handler would flush what a full disk refused once more, and crash.
        H5dont_atexit()
        guard H5open() >= 0 else { return State(mutex: mutex, problem: "libhdf5 cannot be initialised") }
        // A file must not make the process load code.
        guard H5PLset_loading_state(0) >= 0 else {
            return State(mutex: mutex, problem: "libhdf5 does not switch off its plugins")
        }
        guard registerReferences() else {
            return State(mutex: mutex, problem: "libhdf5 does not take a type conversion")
        }
        return State(mutex: mutex, problem: nil)
    }()

    /// Teaches libhdf5 to hand out the references to strings; see `GlobalHeap`.
    private static func registerReferences() -> Bool {
        let string = HDF5ValueType.stringType(size: nil)
        let reference = HDF5ValueType.referenceType()
        defer {
            H5Tclose(string)
            H5Tclose(reference)
        }
        return chdf5_register_references(string, reference) >= 0
    }

    /// Enters, and silences libhdf5's own printing, which it controls per thread.
    static func lock() {
        pthread_mutex_lock(state.mutex)
        H5Eset_auto2(chdf5_default_error_stack(), nil, nil)
    }

    /// Leaves.
    static func unlock() {
        pthread_mutex_unlock(state.mutex)
    }

    /// What prevented the initialisation, if anything did.
    static var problem: String? { state.problem }

    /// A message about a system call without its time and addresses, which differ from run to run.
    private static func condensed(_ message: String) -> String {
        guard let start = message.firstRange(of: ": time = "), let quoted = message.firstRange(of: "error message = '")
        else {
            return message
        }
        return message[..<start.lowerBound] + ": " + message[quoted.upperBound...].prefix { $0 != "'" }
    }

    /// The messages that the last failed call of this thread left, innermost first, without repetition. Lock held.
    static func errorStack() -> String? {
        var messages: [String] = []
        withUnsafeMutablePointer(to: &messages) { pointer in
            _ = H5Ewalk2(
                chdf5_default_error_stack(), H5E_WALK_UPWARD,
                { _, entry, context in
                    guard let text = entry?.pointee.desc, let context else { return 0 }
                    let message = HDF5Library.condensed(String(cString: text).singleLine)
                    let messages = context.assumingMemoryBound(to: [String].self)
                    if !message.isEmpty, !messages.pointee.contains(message) { messages.pointee.append(message) }
                    return 0
                }, pointer)
        }
        return messages.isEmpty ? nil : messages.joined(separator: "; ")
    }
}
