import RoostConsensus
import RoostCore
import RoostMailbox
import RoostRing

extension ReplicaMachine {
    mutating func prepare(
        _ key: Address, ballot: Ballot, slot: Slot, token: GatewayToken, gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        let (state, reply) = (registers[key]?.state ?? RegisterState()).preparing(ballot)
        switch reply {
        case .promised(let accepted, let value):
            let answer = GatewayReply(token: token, kind: .registerPromised(ballot, accepted: accepted, value: value))
            keep(state, of: key, slot: slot, answer: answer, to: gateway, into: &actions)
        case .conflict(let promised):
            let answer = GatewayReply(token: token, kind: .registerConflict(ballot, promised: promised))
            actions.append(.send(gateway, .reply(answer)))
        }
    }

    mutating func accept(
        _ key: Address, ballot: Ballot, value: [UInt8], slot: Slot, token: GatewayToken, gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        let (state, reply) = (registers[key]?.state ?? RegisterState()).accepting(ballot, value: value)
        switch reply {
        case .accepted:
            let answer = GatewayReply(token: token, kind: .registerAccepted(ballot))
            keep(state, of: key, slot: slot, answer: answer, to: gateway, into: &actions)
            for lost in takeAccount(key, of: slot, value) { actions.append(lost) }
        case .conflict(let promised):
            let answer = GatewayReply(token: token, kind: .registerConflict(ballot, promised: promised))
            actions.append(.send(gateway, .reply(answer)))
        }
    }

    /// Logs a register's new state; the answer goes out when it is on disk.
    private mutating func keep(
        _ state: RegisterState, of key: Address, slot: Slot, answer: GatewayReply, to gateway: NodeID,
        into actions: inout [ShardAction]
    ) {
        enter(key, of: slot)
        registers[key, default: Register()].state = state
        let token = newToken()
        let version = ring?.version(of: slot) ?? 0
        appends[token] = .register(key: key, state, slot: slot, version: version, gateway: gateway, answer)
        let record = ReplicaRecord.register(key: key, state).logRecord(slot: slot)
        actions.append(.append([record], isDurable: true, token: token))
    }

    /// An account's devices decide what its mailbox waits for. Returns what the sessions of removed devices are told.
    @discardableResult
    mutating func takeAccount(_ key: Address, of slot: Slot, _ value: [UInt8]) -> [ShardAction] {
        guard let devices = ReplicaMachine.devices(of: value) else { return [] }
        let index = enter(key, of: slot)
        var entry = entries.values[index]
        var actions: [ShardAction] = []
        let beginnings = entry.mailbox.setDevices(devices, freed: &freed)
        logBeginnings(beginnings, of: key, slot: slot, into: &actions)
        for subscription in entry.subscriptions where !devices.contains(subscription.device) {
            actions.append(
                .send(
                    subscription.gateway, .reply(GatewayReply(token: subscription.session, kind: .deviceRemoved))))
            sessionUsers.removeValue(
                forKey: SessionName(node: subscription.gateway, session: subscription.session))
        }
        entry.subscriptions.removeAll { !devices.contains($0.device) }
        if devices.count > 1 {
            for subscription in entry.subscriptions {
                let kind = GatewayReply.Kind.devicesChanged(count: devices.count)
                actions.append(
                    .send(subscription.gateway, .reply(GatewayReply(token: subscription.session, kind: kind))))
            }
        }
        entries.values[index] = entry
        return actions
    }

    /// The devices of a stored account; `nil` when the register holds none that this version can read.
    private static func devices(of value: [UInt8]) -> [DeviceID]? {
        guard !value.isEmpty else { return nil }
        do throws(ByteReaderError) {
            return try Account(decoding: value).devices.map(\.id)
        } catch {
            return nil
        }
    }
}
