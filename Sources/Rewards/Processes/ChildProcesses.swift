import Glibc
import Synchronization

/// The children that are alive, for a process that ends in a hurry.
public enum ChildProcesses {
    private static let alive = Mutex<Set<pid_t>>([])

    static func add(_ child: pid_t) {
        alive.withLock { _ = $0.insert(child) }
    }

    static func remove(_ child: pid_t) {
        alive.withLock { _ = $0.remove(child) }
    }

    /// Kills every child that a ``RewardProcess`` of this process has started, with what it has started in turn. For the last
    /// moment before `_exit`; not for signal handlers.
    public static func killAll() {
        for child in alive.withLock({ $0 }) { kill(-child, SIGKILL) }
    }
}
