import RoostCore
import RoostNode

/// Accounts that take handles from each other.
extension Simulation {
    private static let takersCount = 4
    private static let thinkMillisecondsMax = 600
    /// Of so many steps one is the last of a taker that vanishes.
    private static let stepsUntilVanishing = 12

    /// Registers those who take handles.
    mutating func registerTakers() {
        guard options.handleTakings > 0 else { return }
        handleLoad.handles = [
            Handle(email: "one@example.org"), Handle(email: "two@example.org"), Handle(mobile: "+4912345678"),
        ]
        .compactMap { $0 }
        for index in 0..<Simulation.takersCount {
            guard let name = UserName("taker-\(index)") else { return violate(.liveness, "no such name") }
            handleLoad.takers.append(name)
            for _ in 0..<10 where !accounts.isMade(Address(name)) {
                let account = Account(name: name, password: Simulation.password(salt: 7))
                beginAccountOperation(accounts.plan(Address(name), .create(account)), at: anyNode())
                for _ in 0..<100 where accounts.isWaiting { step(until: now + .milliseconds(250)) }
            }
            guard accounts.isMade(Address(name)) else { return violate(.liveness, "\(name) could not be registered") }
        }
    }

    /// Takings in bursts, through several nodes at once, so that they meet.
    mutating func planHandles() {
        guard !handleLoad.takers.isEmpty else { return }
        var left = options.handleTakings
        while left > 0 {
            let begin = handleRandom.below(options.safetySeconds * 1000)
            for _ in 0..<min(left, 1 + handleRandom.below(4)) {
                left -= 1
                agenda.add(
                    .takeHandle(node: handleRandom.below(occupants.count)),
                    at: now + .milliseconds(UInt64(begin + handleRandom.below(1000))))
            }
        }
    }

    mutating func takeHandle(at node: Int) {
        // Who comes when everything is healed already would be in the middle of it when the registers are looked at.
        guard isFaulty, nodes[node].isRunning, nodes[node].hasRing else { return }
        let taker = handleRandom.below(handleLoad.takers.count)
        let handle = handleLoad.handles[handleRandom.below(handleLoad.handles.count)]
        let id = UniqueID(high: handleRandom.next(), low: handleRandom.next())
        let claim = HandleClaim(handle: handle, id: id)
        let machine = HandleTaking(user: handleLoad.takers[taker], claim: claim)
        handleLoad.takings.append(
            .init(taker: taker, claim: claim, node: node, begin: now, machine: machine, next: machine.first))
        stepHandle(handleLoad.takings.count - 1)
    }

    /// A taker asks what comes next.
    mutating func stepHandle(_ index: Int) {
        let taking = handleLoad.takings[index]
        guard let request = taking.next else { return }
        // Whose node has died has vanished with it, before it asked.
        guard nodes[taking.node].isRunning else { return handleLoad.takings[index].end = now }
        handleLoad.takings[index].next = nil
        handleLoad.open.append(index)
        let token = HandleLoad.firstToken + UInt64(index)
        trace.note(
            now, .account, UInt64(taking.node), token,
            saying: "\(handleLoad.takers[taking.taker]) takes \(taking.claim.handle) (\(index)): \(request)")
        shard(taking.node) { machine, now, actions in
            machine.registerRequested(request, token: token, now: now, into: &actions)
        }
    }

    mutating func handleAnswered(_ token: UInt64, _ answer: RegisterAnswer) {
        if let reading = handleLoad.reading, reading.token == token { return takeFinal(answer, of: reading.address) }
        let index = Int(token - HandleLoad.firstToken)
        guard handleLoad.open.contains(index) else { return }
        handleLoad.open.removeAll { $0 == index }
        trace.note(now, .registerAnswer, token, saying: "taking \(index): \(answer)")
        switch handleLoad.takings[index].machine.answered(answer) {
        case .ask(let request):
            guard handleRandom.below(Simulation.stepsUntilVanishing) > 0 else {
                return handleLoad.takings[index].end = now
            }
            handleLoad.takings[index].next = lie(about: request)
            let pause = handleRandom.below(Simulation.thinkMillisecondsMax)
            agenda.add(.stepHandle(taking: index), at: now + .milliseconds(UInt64(pause)))
        case .ended(let outcome):
            handleLoad.takings[index].outcome = outcome
            // Of what was not answered nobody knows what it does yet.
            handleLoad.takings[index].end = outcome == .unavailable ? nil : now
            checkHoldings()
        }
    }

    // MARK: What must never be

    /// No two accounts have one handle at the same time.
    private mutating func checkHoldings() {
        let holdings = handleLoad.holdings
        for (place, one) in holdings.enumerated() {
            for other in holdings.dropFirst(place + 1)
            where other.taking.claim.handle == one.taking.claim.handle && other.taking.taker != one.taking.taker
                && one.overlaps(other)
            {
                let names = [one, other].map { handleLoad.takers[$0.taking.taker].text }.joined(separator: " and ")
                return violate(.handles, "\(names) have \(one.taking.claim.handle) at the same time")
            }
        }
    }

    /// Reads all registers, one after the other, and looks whether they say the same.
    mutating func checkHandles() {
        let addresses = handleLoad.takers.map { Address($0) } + handleLoad.handles.map(\.address)
        for address in addresses {
            for _ in 0..<20 where handleLoad.values[address] == nil { readFinal(address) }
            guard handleLoad.values[address] != nil else { return violate(.liveness, "\(address) could not be read") }
        }
        do throws(ByteReaderError) {
            try checkFinal()
        } catch {
            violate(.handles, "a register cannot be read: \(error)")
        }
    }

    private mutating func readFinal(_ address: Address) {
        guard let node = nodes.indices.first(where: { nodes[$0].isRunning && nodes[$0].hasRing }) else { return }
        let token = HandleLoad.firstToken + UInt64(1 << 32) + handleRandom.next() >> 40
        handleLoad.reading = (address, token)
        shard(node) { machine, now, actions in
            machine.registerRequested(.read(address), token: token, now: now, into: &actions)
        }
        for _ in 0..<60 where handleLoad.reading != nil && violations.isEmpty { step(until: now + .milliseconds(250)) }
        handleLoad.reading = nil
    }

    private mutating func takeFinal(_ answer: RegisterAnswer, of address: Address) {
        handleLoad.reading = nil
        if case .value(let value) = answer { handleLoad.values[address] = value }
    }

    private mutating func checkFinal() throws(ByteReaderError) {
        var accounts: [Account] = []
        for taker in handleLoad.takers {
            accounts.append(try Account(decoding: handleLoad.values[Address(taker)] ?? []))
        }
        for handle in handleLoad.handles {
            let owners = accounts.filter { $0.handle(handle.kind) == handle }
            guard owners.count < 2 else {
                return violate(.handles, "\(owners.map(\.name.text)) all have \(handle)")
            }
            guard let owner = owners.first else { continue }
            let holder = try HandleHolder(decoding: handleLoad.values[handle.address] ?? [])
            if holder.user != owner.name || !owner.has(handle, holder.id) {
                violate(.handles, "\(owner.name) has \(handle), and its register says \(holder.user)")
            }
        }
        for holding in handleLoad.holdings where holding.end == nil {
            let taking = holding.taking
            // Under an earlier id, if it was the account's before.
            if accounts[taking.taker].handle(taking.claim.handle.kind) != taking.claim.handle {
                violate(
                    .handles, "\(accounts[taking.taker].name) was told that it has \(taking.claim.handle), and has not")
            }
        }
    }
}
