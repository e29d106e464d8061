import OrderedCollections
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
            presenceRuleMayHaveChanged(by: key)
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

    /// An account's devices decide what its mailbox waits for, and its state whether there is one. Returns what the sessions are
    /// told that are over with this.
    @discardableResult
    mutating func takeAccount(_ key: Address, of slot: Slot, _ value: [UInt8]) -> [ShardAction] {
        if key.kind == .part { takePeople(key, of: slot, value) }
        if key.kind == .group { takeGroup(key, of: slot, value) }
        guard key.kind == .user, let account = ReplicaMachine.account(in: value) else { return [] }
        let devices = account.devices.map(\.id)
        let index = enter(key, of: slot)
        var entry = entries.values[index]
        var actions: [ShardAction] = []
        entry.accountState = account.state
        let sharedReads = entry.sharesReads
        entry.sharesReads = account.profile.privacy.readReceipts
        switch account.state {
        case .active, .disabled:
            entry.mailbox.setDevices(devices, freed: &freed)
        case .closing:
            // The value may still lose; only what follows it says that it has not.
            break
        case .deleted:
            entry.mailbox.release(into: &freed)
            entry.mailbox = Mailbox()
            freed.add(segment: entry.lastSeen.segment, bytes: PendingMessage.headBytesEstimate)
            entry.lastSeen = LastSeen()
        }
        let farewell = entry.farewell()
        entry.subscriptions.removeAll { subscription in
            let isRemoved = !devices.contains(subscription.device)
            guard let kind = isRemoved ? .deviceRemoved : farewell else { return false }
            actions.append(
                .send(subscription.gateway, .reply(GatewayReply(token: subscription.session, kind: kind))))
            sessionUsers.removeValue(
                forKey: SessionName(node: subscription.gateway, session: subscription.session))
            return true
        }
        if sharedReads != entry.sharesReads {
            for subscription in entry.subscriptions {
                let kind = GatewayReply.Kind.settingsChanged(sharesReads: entry.sharesReads)
                reply(kind, token: subscription.session, to: subscription.gateway, into: &actions)
            }
        }
        if devices.count > 1 {
            for subscription in entry.subscriptions {
                let kind = GatewayReply.Kind.devicesChanged(count: devices.count)
                actions.append(
                    .send(subscription.gateway, .reply(GatewayReply(token: subscription.session, kind: kind))))
            }
        }
        entries.values[index] = entry
        noteSettled(at: index)
        return actions
    }

    /// A stored account; `nil` when the register holds none that this version can read.
    private static func account(in value: [UInt8]) -> Account? {
        guard !value.isEmpty else { return nil }
        do throws(ByteReaderError) {
            return try Account(decoding: value)
        } catch {
            return nil
        }
    }
}
