import NIOCore
import RoostClient
import RoostCore

/// A day of a chat product in seconds, with or without incidents, and a check of every message at its end.
struct MixedRun: Sendable {
    let scenario: String
    let options: MixedOptions
    let nodes: [NodeAddress]
    let servers: [ServerProcess]
    let people: [Credentials]
    /// What happens to the nodes meanwhile.
    let incidents: [Incident]

    func run() async throws -> MixedReport {
        let plan = try await plan()
        return try await EventLoops.with(options.loops) { try await run(plan, on: $0) }
    }

    private func plan() async throws -> TownPlan {
        var circles: [TownPlan.Circle] = []
        let progress = Progress()
        for members in TownPlan.circles(of: people.count) {
            let address = try await GroupMaking(nodes: nodes, members: members.map { people[$0] }).make()
            circles.append(.init(address: address, members: members))
            progress.show("groups: \(circles.count) made")
        }
        progress.end()
        return TownPlan(people: people, circles: circles, seed: options.seed)
    }

    private func run(_ plan: TownPlan, on loops: [any EventLoop]) async throws -> MixedReport {
        let (nodes, options) = (nodes, options)
        let town = try await LoopSet(loops) { loop in
            Town(
                loop: loop, nodes: nodes, plan: plan, bytes: options.bytes, leavingPercent: options.leaving,
                seed: options.seed)
        }
        let progress = Progress()
        try await Waiting.forSockets(people.count, "people", progress) { index in
            try await town.at(index % town.count) { $0.add(index).client.connect() }
        }
        try await town.each { $0.startClocks() }
        try await Waiting.until(people.count, "reading what came before", progress) { try await town.sum(\.ready) }

        var report = try MixedReport(facts: RunFacts(scenario, nodes: nodes), options: options)
        let gauges = ServerGauges(nodes)
        let recorder = TimelineRecorder { await gauges.read() + rates(of: town) }
        await recorder.begin(every: .milliseconds(500))
        let before = try servers.map { try $0.sample() }
        let gauge = GeneratorGauge(servers: servers)
        let start = ContinuousClock.now
        for index in 0..<town.count {
            let seed = options.seed &+ UInt64(index)
            try await town.at(index) { $0.begin(perSecond: Double(options.rate) / Double(loops.count), seed: seed) }
        }
        async let events = happen(recorder)
        try await watch(town, progress, since: start)
        // The day lasts until what happens to the nodes is over.
        progress.show("until what happens to the nodes is over")
        report.incidents = try await events
        try await town.each { $0.settle() }
        await recorder.mark("evening")
        // Who was typing still writes.
        try await Task.sleep(for: .seconds(1))
        try await gather(town, plan, progress)
        report.seconds = start.duration(to: .now).seconds
        report.generator = gauge.use
        let after = servers.map { $0.sampleIfRunning() }
        report.servers = zip(servers, zip(before, after)).map { ServerUse($0, from: $1.0, to: $1.1) }
        report.timeline = await recorder.end()
        report.facts.finish()
        progress.end()
        // What comes twice may come late.
        try await Task.sleep(for: .seconds(1))
        report.counts = try await counts(of: town)
        report.missing = try await missing(town, plan)
        report.sent = LatencyResult(try await town.collect(\.sentLatency))
        report.delivered = LatencyResult(try await town.collect(\.deliveredLatency))
        report.shown = LatencyResult(try await town.collect(\.shownLatency))
        report.shownInGroups = LatencyResult(try await town.collect(\.shownInGroupsLatency))
        try await town.each { $0.close() }
        return report
    }

    private func watch(_ town: LoopSet<Town>, _ progress: Progress, since start: ContinuousClock.Instant) async throws {
        var last = try await counts(of: town)
        for second in 1...options.seconds {
            try await Task.sleep(until: start.advanced(by: .seconds(second)), clock: .continuous)
            let now = try await counts(of: town)
            progress.show(
                "\(second)/\(options.seconds) s: \(now.written - last.written) messages/s written, "
                    + "\(now.received - last.received)/s received, \(now.disconnects) disconnects")
            last = now
        }
    }

    private func happen(_ recorder: TimelineRecorder) async throws -> [IncidentRecord] {
        let start = ContinuousClock.now
        var records: [IncidentRecord] = []
        for incident in incidents {
            try await Task.sleep(
                until: start.advanced(by: .seconds(incident.share * Double(options.seconds))), clock: .continuous)
            let began = start.duration(to: .now).seconds
            await recorder.mark(incident.name)
            let note = try await incident.run()
            let ended = start.duration(to: .now).seconds
            await recorder.mark("\(incident.name): done")
            records.append(
                IncidentRecord(name: incident.name, atSeconds: began, tookSeconds: ended - began, note: note))
        }
        return records
    }

    /// Waits until everybody has everything.
    private func gather(_ town: LoopSet<Town>, _ plan: TownPlan, _ progress: Progress) async throws {
        var left = Int.max
        var changedAt = ContinuousClock.now
        while left > 0, changedAt.duration(to: .now) < .seconds(Waiting.patienceSeconds) {
            let now = try await missing(town, plan)
            if now != left {
                left = now
                changedAt = .now
            }
            progress.show("waiting for \(left) messages that have not come to everybody")
            if left > 0 { try await Task.sleep(for: .milliseconds(200)) }
        }
    }

    /// Messages that were written and have not come to one they are for, counted for each reader.
    private func missing(_ town: LoopSet<Town>, _ plan: TownPlan) async throws -> Int {
        let written = try await town.collect { $0.people.map { ($0.index, $0.written) } }.flatMap { $0 }
        let received = try await town.collect { $0.people.map { ($0.index, $0.receivedUpTo) } }.flatMap { $0 }
        let receivedBy = Dictionary(uniqueKeysWithValues: received)
        var missing = 0
        for (author, conversations) in written {
            for (conversation, count) in conversations {
                let source = Townsman.Source(author: author, conversation: conversation)
                let readers =
                    switch conversation {
                    case .person(let index): [index]
                    case .circle(let index): plan.circles[index].members
                    }
                for reader in readers { missing += count - (receivedBy[reader]?[source] ?? 0) }
            }
        }
        return missing
    }

    private func counts(of town: LoopSet<Town>) async throws -> TownCounts {
        try await town.collect { town in
            var counts = town.counts
            counts.disconnects = town.people.reduce(0) { $0 + $1.client.disconnects }
            return counts
        }
        .reduce(into: TownCounts()) { $0.add($1) }
    }

    private func rates(of town: LoopSet<Town>) async -> [Reading] {
        do {
            let counted = try await counts(of: town)
            return [
                Reading(name: "written", unit: "messages/s", value: Double(counted.written), isCounter: true),
                Reading(name: "sent", unit: "messages/s", value: Double(counted.sent), isCounter: true),
                Reading(name: "received", unit: "messages/s", value: Double(counted.received), isCounter: true),
                Reading(
                    name: "lost", unit: "connections lost a second", value: Double(counted.disconnects), isCounter: true
                ),
            ]
        } catch {
            return []
        }
    }
}
