import Histogram
import NIOCore
import RoostClient
import RoostCore

/// All devices of a run, with what they count. Everything happens on one event loop.
final class WorkloadState {
    let eventLoop: any EventLoop
    let options: WorkloadOptions
    /// The number of every stream here: a device has one reader only.
    let stream: UInt64 = 1
    var nodes: [NodeAddress]
    var random: SeededRandom
    var totals = WorkloadTotals()
    /// Microseconds from a message's composition to its `sent`, since the window was opened.
    var latency = WorkloadState.emptyHistogram
    var bytes: Int
    private(set) var clients: [WorkloadClient] = []
    private var isComposing = false
    // Messages that the rate allows and nobody has written yet.
    private var allowance = 0.0
    private var turn = 0
    private var lastTick = Instant.zero
    private var acknowledgedAtOpening = 0
    private var openedAt = Instant.zero

    static let tickMilliseconds: Int64 = 5

    private static var emptyHistogram: Histogram<UInt64> {
        Histogram(highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: .three)
    }

    init(eventLoop: any EventLoop, options: WorkloadOptions, nodes: [NodeAddress], users: [Credentials], seed: UInt64) {
        self.eventLoop = eventLoop
        self.options = options
        self.nodes = nodes
        random = SeededRandom(seed: seed)
        bytes = options.bytes
        clients = users.enumerated().map { WorkloadClient(index: $0, credentials: $1, workload: self) }
    }

    var now: Instant { Instant(nanoseconds: NIODeadline.now().uptimeNanoseconds) }

    func reader(of index: Int) -> WorkloadClient { clients[(index + 1) % clients.count] }

    func writer(for index: Int) -> WorkloadClient { clients[(index + clients.count - 1) % clients.count] }

    // MARK: Time

    func tick() {
        let now = now
        compose(now)
        for client in clients { client.tick(now) }
    }

    func setComposing(_ isOn: Bool) {
        isComposing = isOn
        lastTick = now
        allowance = 0
    }

    private func compose(_ now: Instant) {
        defer { lastTick = now }
        guard isComposing else { return }
        let seconds = Double(now.since(lastTick).nanoseconds) / 1e9
        // What nobody could write for a while is not made up for at once.
        allowance = min(allowance + seconds * Double(options.rate), Double(options.rate) / 10 + 1)
        var idle = 0
        while idle < clients.count, options.rate == 0 || allowance >= 1 {
            let client = clients[turn % clients.count]
            turn += 1
            guard mayCompose(client) else {
                idle += 1
                continue
            }
            idle = 0
            allowance -= 1
            totals.written += 1
            client.outbox.compose(bytes: bytes, now: now)
        }
    }

    private func mayCompose(_ client: WorkloadClient) -> Bool {
        guard !client.isHeld, !client.outbox.isFull else { return false }
        let arrived = reader(of: client.index).checker.highest
        let undelivered = client.outbox.composedUpTo - min(arrived, client.outbox.composedUpTo)
        return undelivered < UInt64(min(WorkloadOptions.undeliveredMax, WorkloadOptions.undeliveredBytesMax / bytes))
    }

    // MARK: Windows of measurement

    func open() {
        openedAt = now
        latency = WorkloadState.emptyHistogram
        acknowledgedAtOpening = totals.acknowledged
        for client in clients { client.outbox.gauge.open(openedAt) }
    }

    func reading() -> WorkloadReading {
        let now = now
        let stalls = clients.map { $0.outbox.gauge.longestStall(now) }
        let longest = stalls.max() ?? TimeSpan(nanoseconds: 0)
        return WorkloadReading(
            seconds: Double(now.since(openedAt).nanoseconds) / 1e9,
            acknowledged: totals.acknowledged - acknowledgedAtOpening,
            longestStallSeconds: Double(longest.nanoseconds) / 1e9,
            stalledPair: stalls.firstIndex(of: longest) ?? 0,
            p50Milliseconds: Double(latency.valueAtPercentile(50)) / 1000,
            p99Milliseconds: Double(latency.valueAtPercentile(99)) / 1000,
            pairsNotMoving: clients.count { !$0.outbox.gauge.isMoving })
    }

    // MARK: The end

    /// Whether everything that was composed is sent and has arrived.
    var isDrained: Bool {
        clients.allSatisfy {
            $0.outbox.isEmpty && reader(of: $0.index).checker.lost(upTo: $0.outbox.sentUpTo) == 0
        }
    }

    func finalTotals() -> WorkloadTotals {
        var totals = totals
        for client in clients {
            let reader = reader(of: client.index)
            let lost = reader.checker.lost(upTo: client.outbox.sentUpTo)
            totals.lost += lost
            if lost > 0 {
                totals.fault(
                    "\(reader.credentials.user): \(lost) messages are lost; \(reader.checker.highest) is the highest "
                        + "that came, \(client.outbox.sentUpTo) were sent, missing below it "
                        + "\(reader.checker.missing.sorted().prefix(10))")
            }
            if !client.outbox.isEmpty {
                totals.fault(
                    "\(client.credentials.user): \(client.outbox.composedUpTo - client.outbox.sentUpTo) messages did "
                        + "not become sent within the time for it")
            }
        }
        return totals
    }
}
