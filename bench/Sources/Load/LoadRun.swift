import Histogram
import NIOCore
import RoostClient

/// One run of the load: connect, warm up, measure, let what is on its way arrive, count.
struct LoadRun: Sendable {
    let options: LoadOptions
    let target: any LoadTarget
    let plans: [PairPlan]
    /// The processes whose CPU and memory are reported.
    let servers: [ServerProcess]

    /// Longest wait, after the last message was written, for the rest to arrive.
    static let drainSecondsMax = 10
    /// Longest wait for all sockets to be welcomed and their backlog to be through.
    static let connectSecondsMax = 60

    /// What the measured seconds brought.
    struct Outcome: Sendable {
        var seconds: Double
        /// Counted while measuring.
        var counted: LoadCounters
        /// Counted from the first connection to the last receipt.
        var total: LoadCounters
        var sentLatency: Histogram<UInt64>
        var deliveredLatency: Histogram<UInt64>
        var servers: [ServerUse]
        var generatorCPUSeconds: Double
        /// What the machine did meanwhile besides: while others want the cores, rates and latencies say little.
        var otherCPUSeconds: Double
    }

    func run() async throws -> Outcome {
        try await EventLoops.with(options.loops) { try await run(on: $0) }
    }

    private func run(on loops: [any EventLoop]) async throws -> Outcome {
        let load = try await LoopSet(loops) { [options, target] in
            LoadShard(eventLoop: $0, options: options, target: target)
        }
        try await connect(load)
        let pace = options.rate.map { rate in
            Pace(start: NIODeadline.now().uptimeNanoseconds, messagesPerSecond: rate, pairs: plans.count)
        }
        try await load.each { $0.start(pace) }
        let progress = Progress()
        try await tick(load, seconds: options.warmup, phase: "warm-up", progress)

        try await load.each { $0.startMeasuring() }
        let before = try await load.counters()
        let serversBefore = try servers.map { try $0.sample() }
        let generatorBefore = ServerProcess.ownCPUSeconds()
        let machineBefore = try Machine.busyCPUSeconds()
        let start = ContinuousClock.now
        try await tick(load, seconds: options.seconds, phase: "measuring", progress)
        let after = try await load.counters()
        let serversAfter = servers.map { $0.sampleIfRunning() }
        let generatorAfter = ServerProcess.ownCPUSeconds()
        let machineAfter = try Machine.busyCPUSeconds()
        let elapsed = start.duration(to: .now)
        try await load.each { $0.endMeasuring() }

        try await drain(load, progress)
        try await load.each { $0.countLost() }
        progress.end()
        let total = try await load.counters()
        let (sent, delivered) = try await load.histograms()
        try await load.each { $0.close() }
        let uses = zip(servers, zip(serversBefore, serversAfter)).map { ServerUse($0, from: $1.0, to: $1.1) }
        let generator = generatorAfter - generatorBefore
        let others = machineAfter - machineBefore - generator - uses.reduce(0) { $0 + $1.cpuSeconds }
        return Outcome(
            seconds: elapsed.seconds, counted: after.since(before), total: total, sentLatency: sent,
            deliveredLatency: delivered,
            servers: uses, generatorCPUSeconds: generator, otherCPUSeconds: max(0, others))
    }

    private func connect(_ load: LoopSet<LoadShard>) async throws {
        let progress = Progress()
        var pending: [EventLoopFuture<Void>] = []
        for (index, plan) in plans.enumerated() {
            pending += try await load.connect(plan)
            if pending.count >= 64 || index == plans.count - 1 {
                for future in pending { try await future.get() }
                pending = []
                progress.show("connecting: \((index + 1) * 2) of \(plans.count * 2) sockets")
            }
        }
        let deadline = ContinuousClock.now.advanced(by: .seconds(LoadRun.connectSecondsMax))
        while true {
            let ready = try await load.readyCount()
            if ready == plans.count * 2 { break }
            let counters = try await load.counters()
            if counters.disconnects > 0 {
                throw BenchFailure("a connection ended before the run: \(counters.endings)")
            }
            guard ContinuousClock.now < deadline else {
                throw BenchFailure(
                    "only \(ready) of \(plans.count * 2) sockets were welcomed and drained within "
                        + "\(LoadRun.connectSecondsMax) s")
            }
            progress.show("welcomed and drained: \(ready) of \(plans.count * 2)")
            try await Task.sleep(for: .milliseconds(50))
        }
        progress.end()
    }

    private func tick(_ load: LoopSet<LoadShard>, seconds: Int, phase: String, _ progress: Progress) async throws {
        var last = try await load.counters()
        var lastAt = ContinuousClock.now
        let start = lastAt
        for second in 1...max(1, seconds) where seconds > 0 {
            try await Task.sleep(until: start.advanced(by: .seconds(second)), clock: .continuous)
            let now = try await load.counters()
            let at = ContinuousClock.now
            let rate = Double(now.confirmed - last.confirmed) / lastAt.duration(to: at).seconds
            let faults = now.duplicates + now.misordered + now.corrupted
            progress.show(
                "\(phase) \(second)/\(seconds) s: \(Int(rate)) messages/s, "
                    + "\(now.errors.values.reduce(0, +)) errors, \(faults) faults, \(now.disconnects) disconnects")
            if now.disconnects == plans.count * 2 {
                progress.end()
                throw BenchFailure("every connection was lost: \(now.endings)")
            }
            last = now
            lastAt = at
        }
    }

    private func drain(_ load: LoopSet<LoadShard>, _ progress: Progress) async throws {
        try await load.each { $0.stop() }
        let deadline = ContinuousClock.now.advanced(by: .seconds(LoadRun.drainSecondsMax))
        while ContinuousClock.now < deadline {
            if try await load.isDrained() { return }
            progress.show("waiting for what is on its way")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension LoadCounters {
    /// What was counted between `earlier` and this.
    func since(_ earlier: LoadCounters) -> LoadCounters {
        var difference = self
        difference.written -= earlier.written
        difference.confirmed -= earlier.confirmed
        difference.receipts -= earlier.receipts
        difference.sents -= earlier.sents
        difference.delivered -= earlier.delivered
        difference.duplicates -= earlier.duplicates
        difference.misordered -= earlier.misordered
        difference.corrupted -= earlier.corrupted
        difference.stale -= earlier.stale
        difference.disconnects -= earlier.disconnects
        difference.errors = errors.mapValues { $0 }
        for (code, count) in earlier.errors { difference.errors[code, default: 0] -= count }
        return difference
    }
}

extension Duration {
    /// The length in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
