import NIOCore
import RoostClient

/// Finds the rate that the servers keep up with, then asks for more.
struct SweepRun: Sendable {
    let options: SweepOptions
    let load: LoadOptions
    let plans: [PairPlan]
    let nodes: [NodeAddress]
    let servers: [ServerProcess]

    private static let warmupSeconds = 1
    /// Longest wait for what was written to be delivered.
    private static let drainSecondsMax = 20

    func run() async throws -> SweepReport {
        try await EventLoops.with(options.loops) { try await run(on: $0) }
    }

    private func run(on loops: [any EventLoop]) async throws -> SweepReport {
        let load = load
        let target = RoostTarget(encoding: load.encoding)
        let shards = try await LoopSet(loops) {
            SweepShard(load: LoadShard(eventLoop: $0, options: load, target: target))
        }
        let progress = Progress()
        try await connect(shards, progress)
        let gauges = ServerGauges(nodes)
        let recorder = TimelineRecorder { await gauges.read() + rates(of: shards) }
        await recorder.begin(every: .milliseconds(500))
        var report = try SweepReport(facts: RunFacts("sweep", nodes: nodes), options: options)

        var kept: SweepStep?
        var missed: SweepStep?
        var rate = Double(options.start)
        while missed == nil, rate <= Double(options.most) {
            let step = try await measure(rate, shards, recorder, progress, into: &report)
            if step.isKept(options.kept) { kept = step } else { missed = step }
            rate *= 2
        }
        for _ in 0..<options.refine {
            guard let above = missed else { break }
            let middle = ((kept?.rate ?? 0) + above.rate) / 2
            let step = try await measure(middle, shards, recorder, progress, into: &report)
            if step.isKept(options.kept) { kept = step } else { missed = step }
        }
        if let kept {
            report.maximum = kept
            report.overload = try await measure(
                kept.rate * options.overload, shards, recorder, progress, into: &report)
        }
        progress.end()
        try await shards.each { $0.countLost() }
        report.totals = SweepReport.Totals(
            try await shards.collect(\.load.counters).reduce(into: LoadCounters()) { $0.add($1) })
        report.timeline = await recorder.end()
        report.facts.finish()
        try await shards.each { $0.close() }
        return report
    }

    private func connect(_ shards: LoopSet<SweepShard>, _ progress: Progress) async throws {
        try await Waiting.forSockets(plans.count, "pairs", progress) { index in
            let plan = plans[index]
            return try await shards.at(index % shards.count) { shard in
                let (sender, receiver) = shard.addPair(plan)
                let loop = shard.load.eventLoop
                return EventLoopFuture.andAllSucceed(
                    [
                        openSocket(for: sender, to: plan.senderNode, token: plan.sender.token, on: loop) {
                            $0.opened($1)
                        },
                        shard.load.target.connect(receiver, plan, on: loop),
                    ], on: loop)
            }
        }
        try await Waiting.until(plans.count * 2, "welcomed and drained", progress) {
            try await shards.sum(\.readyCount)
        }
    }

    private func measure(
        _ rate: Double, _ shards: LoopSet<SweepShard>, _ recorder: TimelineRecorder, _ progress: Progress,
        into report: inout SweepReport
    ) async throws -> SweepStep {
        let warmup = UInt64(SweepRun.warmupSeconds) * 1_000_000_000
        let measured = warmup..<warmup + UInt64(options.seconds) * 1_000_000_000
        let (spacing, seed, each) = (options.arrivals, options.seed, rate / Double(shards.count))
        await recorder.mark("\(Int(rate))/s")
        for index in 0..<shards.count {
            try await shards.at(index) {
                $0.begin(spacing, perSecond: each, measured: measured, seed: seed &+ UInt64(index))
            }
        }
        try await Task.sleep(for: .seconds(SweepRun.warmupSeconds))
        let before = try await counters(shards)
        let serversBefore = try servers.map { try $0.sample() }
        let gauge = GeneratorGauge(servers: servers)
        let start = ContinuousClock.now
        for second in 1...options.seconds {
            try await Task.sleep(until: start.advanced(by: .seconds(second)), clock: .continuous)
            let waiting = try await shards.sum(\.waiting)
            progress.show("\(Int(rate)) messages/s, \(second)/\(options.seconds) s: \(waiting) held back by clients")
        }
        let seconds = start.duration(to: .now).seconds
        let counted = try await counters(shards).since(before)
        let serversAfter = servers.map { $0.sampleIfRunning() }
        let use = gauge.use
        let intended = try await shards.sum(\.intended)
        let heldBack = try await shards.collect { $0.end() }.reduce(0, +)
        let drained = try await drain(shards, progress)

        let uses = zip(servers, zip(serversBefore, serversAfter)).map { ServerUse($0, from: $1.0, to: $1.1) }
        let isWatched = !uses.isEmpty && !uses.contains { $0.hasEnded }
        let cpu = uses.reduce(0) { $0 + $1.cpuSeconds } * 1e6 / Double(max(1, counted.confirmed))
        let step = SweepStep(
            rate: rate, offeredPerSecond: (Double(intended) / Double(options.seconds)).rounded(),
            goodputPerSecond: (Double(counted.confirmed) / seconds).rounded(),
            sent: LatencyResult(try await shards.collect(\.load.sentLatency)),
            delivered: LatencyResult(try await shards.collect(\.load.deliveredLatency)), heldBack: heldBack,
            refusals: Dictionary(
                uniqueKeysWithValues: counted.errors.filter { $0.value > 0 }.map { ("\($0.key)", $0.value) }),
            drainSeconds: drained, disconnects: counted.disconnects,
            serverCPUMicrosecondsPerMessage: isWatched ? (cpu * 100).rounded() / 100 : nil,
            residentBytes: uses.reduce(0) { $0 + $1.residentBytes }, generator: use)
        report.steps.append(step)
        return step
    }

    /// Waits for what was written; `nil` when it does not come.
    private func drain(_ shards: LoopSet<SweepShard>, _ progress: Progress) async throws -> Double? {
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(SweepRun.drainSecondsMax) {
            let left = try await shards.sum(\.onTheirWay)
            if left == 0 { return start.duration(to: .now).seconds }
            progress.show("waiting for \(left) that are on their way")
            try await Task.sleep(for: .milliseconds(10))
        }
        return nil
    }

    private func counters(_ shards: LoopSet<SweepShard>) async throws -> LoadCounters {
        try await shards.collect(\.load.counters).reduce(into: LoadCounters()) { $0.add($1) }
    }

    private func rates(of shards: LoopSet<SweepShard>) async -> [Reading] {
        do {
            let counted = try await counters(shards)
            return [
                Reading(name: "written", unit: "messages/s", value: Double(counted.written), isCounter: true),
                Reading(name: "delivered", unit: "messages/s", value: Double(counted.confirmed), isCounter: true),
            ]
        } catch {
            return []
        }
    }
}
