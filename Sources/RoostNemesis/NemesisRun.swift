import Foundation
import RoostClient
import RoostCore

/// A cluster, a workload, and one nemesis after the other.
package struct NemesisRun {
    private let options: NemesisOptions
    private let progress: (String) -> Void
    private var report: NemesisReport
    private let stopRequest: StopRequest
    private var faultsShown = 0
    private let began = ContinuousClock.now

    /// After a heal sends go on within this.
    static let resumeSecondsMax = 10.0
    /// When a sender that has not moved is given up.
    private static let giveUpSeconds = 60.0
    /// Everything that was sent arrives, after the last strike, within this.
    private static let drainSecondsMax = 90.0

    /// Prepares a run. `progress` gets a line for each thing that happens; after a stop request the run ends with a report
    /// of what was until then.
    package init(
        _ options: NemesisOptions, stopRequest: StopRequest = StopRequest(), progress: @escaping (String) -> Void
    ) throws(NemesisError) {
        try options.validate()
        self.options = options
        self.progress = progress
        self.stopRequest = stopRequest
        report = NemesisReport(options: options, leftOut: [])
    }

    /// Does it all. Throws when no cluster could be made; what goes wrong after that is in the report.
    package mutating func run() async throws -> NemesisReport {
        let cluster = try await Cluster.open(roost: options.roost, isolated: options.isIsolated)
        report.leftOut = cluster.shortcomings
        do {
            progress("forming a cluster of \(options.nodes)")
            try await cluster.form(options.nodes)
            progress("making \(options.workload.pairs) accounts")
            let users = try await register(cluster)
            let workload = try await Workload.make(
                options.workload, nodes: cluster.addresses, users: users, seed: options.seed)
            await fight(cluster, workload, users)
            report.totals = try await workload.finalTotals()
            try await workload.end()
        } catch {
            await cluster.close(keeping: options.keepsFiles)
            throw error
        }
        report.seconds = elapsed
        await cluster.close(keeping: options.keepsFiles)
        return report
    }

    private var elapsed: Double { began.duration(to: .now) / .seconds(1) }

    private func register(_ cluster: Cluster) async throws -> [Credentials] {
        var users: [Credentials] = []
        let addresses = cluster.addresses
        for first in stride(from: 0, to: options.workload.pairs, by: 2) {
            let batch = first..<min(first + 2, options.workload.pairs)
            users += try await withThrowingTaskGroup(of: (Int, Credentials).self) { group in
                for index in batch {
                    let node = NodeResources(addresses[index % addresses.count])
                    group.addTask { (index, try await node.register("user-\(index)", password: "correct horse")) }
                }
                var made: [(Int, Credentials)] = []
                for try await one in group { made.append(one) }
                return made.sorted { $0.0 < $1.0 }.map(\.1)
            }
        }
        return users
    }

    /// Whatever ends the fight, what was sent has to arrive.
    private mutating func fight(_ cluster: Cluster, _ workload: Workload, _ users: [Credentials]) async {
        do {
            try await strikes(cluster, workload, users)
        } catch NemesisError.interrupted {
            report.leftOut.append("what was to come: the run was interrupted")
            await recover(cluster, workload)
        } catch {
            report.faults.append("the run was given up: \(error)")
            await recover(cluster, workload)
        }
        do {
            try await finish(cluster, workload)
        } catch {
            report.faults.append("the end could not be seen: \(error)")
        }
    }

    private mutating func recover(_ cluster: Cluster, _ workload: Workload) async {
        do {
            try await workload.setBytes(nil)
            try await workload.letGo(Array(0..<options.workload.pairs))
            try await cluster.recover()
        } catch {
            report.faults.append("the cluster did not recover: \(error)")
        }
    }

    private mutating func strikes(_ cluster: Cluster, _ workload: Workload, _ users: [Credentials]) async throws {
        let field = Field(
            cluster: cluster, workload: workload, users: users, random: SeededRandom(seed: options.seed),
            isBrief: options.form == .short, stopRequest: stopRequest)
        try await workload.start()
        try await wait(for: "all clients to be online", seconds: 30) { try await workload.onlineCount() == users.count }
        defer { report.faults += field.faults }
        var schedule = Schedule(options, cluster: cluster)
        report.leftOut += schedule.leftOut
        guard !schedule.isEmpty else { throw NemesisError.invalidOption("no nemesis of that name can strike here") }
        while true {
            let totals = try await workload.totals()
            guard let nemesis = schedule.next(&field.random, acknowledged: totals.acknowledged) else { break }
            try await strike(nemesis, field)
        }
    }

    private mutating func strike(_ nemesis: any Nemesis, _ field: Field) async throws {
        var nemesis = nemesis
        let workload = field.workload
        let count = field.users.count
        try await workload.goHome()
        try await wait(for: "all clients to be online", seconds: 30) { try await workload.onlineCount() == count }
        try await workload.open()
        try await field.sleep(seconds: field.isBrief ? 0.7 : 2)
        let calm = try await workload.reading()
        let at = elapsed
        try await workload.open()
        let detail = try await nemesis.harm(field)
        let harm = try await workload.reading()
        try await workload.open()
        let healed = ContinuousClock.now
        try await nemesis.heal(field)
        var isMoving = false
        while !isMoving, healed.duration(to: .now) < .seconds(NemesisRun.giveUpSeconds) {
            try await Task.sleep(for: .milliseconds(20))
            isMoving = try await workload.reading().pairsNotMoving == 0
        }
        let resumed = healed.duration(to: .now) / .seconds(1)
        if !isMoving { report.faults.append("\(nemesis.name): senders did not move again within \(Int(resumed)) s") }
        try await field.last(0.3...1.5)
        try await settle(field.cluster)
        let heal = try await workload.reading()
        let record = StrikeRecord(
            nemesis: nemesis.name, detail: detail, atSeconds: at, calm: calm, harm: harm, heal: heal,
            resumedAfterSeconds: resumed)
        report.strikes.append(record)
        judge(record, harmMax: nemesis.stallSecondsMax)
        let seconds = { (value: Double) in String(format: "%.2f s", value) }
        let totals = try await workload.totals()
        progress(
            "\(Int(at)) s: \(nemesis.name) (\(detail)): stalls \(seconds(harm.longestStallSeconds)), after the heal "
                + "\(seconds(heal.longestStallSeconds)); \(totals.acknowledged) acknowledged, "
                + "\(totals.faults.count) faults")
        for fault in totals.faults.dropFirst(faultsShown) { progress("  \(fault)") }
        faultsShown = totals.faults.count
    }

    private mutating func judge(_ record: StrikeRecord, harmMax: Double?) {
        // What the machine stalls by itself is not the cluster's.
        let calm = record.calm.longestStallSeconds
        if let harmMax, record.harm.longestStallSeconds > harmMax * options.slack + calm {
            report.faults.append(
                "\(record.nemesis) (\(record.detail)): a sender stalled for \(record.harm.longestStallSeconds) s")
        }
        if record.heal.longestStallSeconds > NemesisRun.resumeSecondsMax * options.slack + calm {
            report.faults.append(
                "\(record.nemesis) (\(record.detail)): a sender stalled for \(record.heal.longestStallSeconds) s "
                    + "after the heal")
        }
    }

    /// The next strike finds the cluster whole, so that what it shows is its own.
    private mutating func settle(_ cluster: Cluster) async throws {
        do {
            try await wait(for: "every node to serve and to see all others", seconds: 60) {
                try await cluster.isWhole()
            }
        } catch {
            report.faults.append("the cluster is not whole after a heal: \(error)")
        }
    }

    private mutating func finish(_ cluster: Cluster, _ workload: Workload) async throws {
        progress("\(Int(elapsed)) s: waiting until everything has arrived")
        try await workload.stopComposing()
        do {
            try await wait(for: "everything to arrive", seconds: NemesisRun.drainSecondsMax) {
                try await workload.isDrained()
            }
            try await wait(for: "the queues to be empty", seconds: 30) {
                try await cluster.status().allSatisfy { $0.pendingMessages == 0 }
            }
            report.queuesAreEmpty = true
        } catch {
            report.faults.append("\(error)")
            let held = try await cluster.status().map { "\($0.name) \($0.pendingMessages)" }
            report.faults.append("pending messages: \(held.joined(separator: ", "))")
        }
    }
}
