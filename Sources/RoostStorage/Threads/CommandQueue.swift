import RoostCore

/// What other threads want of one thread, in the order in which each of them asked.
///
/// A command may be patient: it does not wake the thread, but waits for an urgent one to come or for a while to pass, so
/// that many patient ones cost one wake.
///
/// `@unchecked`: every member is touched under the monitor.
final class CommandQueue<Command: Sendable>: @unchecked Sendable {
    private let monitor = Monitor()
    private let patience: TimeSpan
    private let bytesMax: Int
    private var commands: [Command] = []
    private var bytes = 0
    private var isUrgent = false
    private var isClosed = false
    private var isAsleep = false
    private var patientDeadline = Instant.distantFuture

    init(patience: TimeSpan, bytesMax: Int) {
        self.patience = patience
        self.bytesMax = bytesMax
    }

    /// Adds a command that holds `bytes`; false when the queue is closed or would hold more than it may.
    @discardableResult
    func push(_ command: Command, isUrgent: Bool, bytes: Int = 0, extraBytesMax: Int = 0) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        guard !isClosed, self.bytes + bytes <= bytesMax + extraBytesMax || bytes == 0 else { return false }
        commands.append(command)
        self.bytes += bytes
        if isUrgent { self.isUrgent = true }
        if isAsleep, isUrgent || patientDeadline == .distantFuture {
            isAsleep = false
            monitor.signal()
        }
        return true
    }

    /// Waits for something urgent, for the patience of the first patient command to end, or for `deadline`, and takes everything.
    /// `output` must be empty; its memory becomes the queue's. False when the queue is closed and nothing is left.
    func take(into output: inout [Command], until deadline: Instant) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        while !isUrgent, !isClosed {
            let now = MonotonicClock.now
            if !commands.isEmpty, patientDeadline == .distantFuture { patientDeadline = now + patience }
            let wake = min(deadline, patientDeadline)
            if now >= wake { break }
            isAsleep = true
            monitor.wait(until: wake)
            isAsleep = false
        }
        swap(&commands, &output)
        isUrgent = false
        patientDeadline = .distantFuture
        return !isClosed || !output.isEmpty
    }

    /// What was taken no longer holds this many bytes.
    func settle(bytes: Int) {
        monitor.lock()
        self.bytes -= bytes
        monitor.unlock()
    }

    /// Takes no more commands; those that are there will still be taken.
    func close() {
        monitor.lock()
        isClosed = true
        monitor.signal()
        monitor.unlock()
    }

    /// Whether ``close()`` was called.
    var hasClosed: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return isClosed
    }
}
