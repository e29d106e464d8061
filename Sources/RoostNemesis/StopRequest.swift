import Synchronization

/// Somebody wants the run to end early, in order: set from a signal's handler, looked at by the run.
package final class StopRequest: Sendable {
    private let isMadeFlag = Atomic(false)

    /// Nobody wants that yet.
    package init() {}

    /// Whether it was made.
    package var isMade: Bool { isMadeFlag.load(ordering: .relaxed) }

    /// Makes it.
    package func make() {
        isMadeFlag.store(true, ordering: .relaxed)
    }
}
