import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// A person of the town: writes when told to, reads what comes, looks who is there, leaves and comes back.
final class Townsman: SessionClientOwner {
    let index: Int
    let client: SessionClient
    private let town: Town
    private var composedAt: [ClientSession.MessageID: Composed] = [:]
    /// Messages written so far to each conversation.
    private(set) var written: [Conversation: Int] = [:]
    /// How far each author's messages of each conversation have come.
    private(set) var receivedUpTo: [Source: Int] = [:]
    private var unread: [StreamKey: (from: Address, upTo: StreamNumber)] = [:]
    private var readAt = Instant.distantFuture
    private var onlineSince = Instant.distantFuture
    /// When it leaves, or comes back.
    private var movesAt = Instant.distantFuture
    private(set) var isReady = false

    /// A message of this person that is still on its way, or not read.
    private struct Composed {
        let nanoseconds: UInt64
        let isToPerson: Bool
        var isSent = false
        var isDelivered = false
    }

    struct Source: Hashable, Sendable {
        let author: Int
        let conversation: Conversation
    }

    /// People whose presence is watched.
    private static let watchedCount = 5
    /// Of ten messages so many are read by somebody who looks at them.
    private static let readOfTen = 7

    init(index: Int, town: Town) {
        self.index = index
        self.town = town
        client = SessionClient(
            credentials: town.plan.people[index], nodes: town.nodes, first: index, loop: town.loop)
        client.attach(self)
    }

    /// From now on it comes and goes.
    func begin() {
        movesAt = client.now + town.stay()
    }

    /// The end of the day: everybody is there and stays.
    func settle() {
        movesAt = .distantFuture
        if client.isAway { client.comeBack() }
    }

    /// What is due by the clock.
    func wake() {
        let now = client.now
        client.wake()
        if now >= readAt { read() }
        guard now >= movesAt else { return }
        if client.isAway {
            movesAt = now + town.stay()
            client.comeBack()
        } else {
            movesAt = now + town.absence()
            onlineSince = .distantFuture
            town.counts.departures += 1
            client.goAway()
        }
    }

    func type(to address: Address) {
        town.counts.typed += 1
        client.step { session, now, actions in session.type(to: address, now: now, into: &actions) }
    }

    func write(to conversation: Conversation, at address: Address) {
        let number = written[conversation, default: 0] + 1
        written[conversation] = number
        let message = TownMessage(
            run: town.plan.run, author: index, conversation: conversation, number: number,
            nanoseconds: client.now.nanoseconds)
        client.step { session, now, actions in
            guard
                let id = session.compose(
                    to: address, body: message.body(padding: town.padding), now: now, into: &actions)
            else { return }
            composedAt[id] = Composed(nanoseconds: now.nanoseconds, isToPerson: address.kind == .user)
        }
    }

    func readCycleEnded() {}

    func perform(_ action: ClientSession.Action) {
        switch action {
        case .show(let message): take(message)
        case .tick(let id, let tick): ticked(id, tick)
        case .typing: town.counts.typingSeen += 1
        case .presence: town.counts.presenceSeen += 1
        case .refused(_, let code, _): town.counts.refusals["\(code)", default: 0] += 1
        case .note(let error): town.counts.refusals["\(error.code)", default: 0] += 1
        case .drained:
            isReady = true
            onlineSince = client.now
            lookAround()
        case .stop(.closed), .save, .write, .abort, .reconnect, .receiptElsewhere, .groupReceipt, .online: break
        case .stop(let reason): town.counts.refusals["stopped: \(reason)", default: 0] += 1
        }
    }

    private func lookAround() {
        let contacts = town.plan.contacts[index]
        let people = (0..<Townsman.watchedCount).compactMap { _ in
            Address(town.plan.people[contacts[town.random.below(contacts.count)]].user)
        }
        client.step { session, _, actions in session.watch(people, into: &actions) }
    }

    private func read() {
        readAt = .distantFuture
        for (key, place) in unread {
            client.step { session, _, actions in
                session.markRead(from: place.from, key, upTo: place.upTo, into: &actions)
            }
        }
        unread.removeAll(keepingCapacity: true)
    }

    private func ticked(_ id: ClientSession.MessageID, _ tick: ClientSession.Tick) {
        guard var composed = composedAt[id], tick >= .sent else { return }
        let microseconds = (client.now.nanoseconds - composed.nanoseconds) / 1000
        // Of several owners one may say `delivered` before a majority have said that they have it.
        if !composed.isSent {
            composed.isSent = true
            town.counts.sent += 1
            // What is written while one is away waits for one's coming back.
            if composed.nanoseconds >= onlineSince.nanoseconds { town.sentLatency.record(microseconds) }
        }
        if tick >= .delivered, !composed.isDelivered {
            composed.isDelivered = true
            town.counts.deliveredTicks += 1
            town.deliveredLatency.record(microseconds)
        }
        if tick == .read { town.counts.readTicks += 1 }
        // Of a message to a group nothing more is heard.
        composedAt[id] = tick == .read || !composed.isToPerson ? nil : composed
    }

    private func take(_ message: ClientSession.ReceivedMessage) {
        let (header, body) = message.content.parts
        guard header.kind == .plain else { return }
        guard let told = TownMessage(body, padding: town.padding) else { return town.counts.damaged += 1 }
        guard told.run == town.plan.run else { return town.counts.stale += 1 }
        let source = Source(author: told.author, conversation: told.conversation)
        let upTo = receivedUpTo[source, default: 0]
        guard told.number > upTo else { return town.counts.duplicates += 1 }
        if told.number != upTo + 1 { town.counts.misordered += 1 }
        receivedUpTo[source] = told.number
        town.counts.received += 1
        // What waited for somebody who was away took as long as the absence.
        if told.nanoseconds >= onlineSince.nanoseconds {
            let microseconds = (client.now.nanoseconds - min(told.nanoseconds, client.now.nanoseconds)) / 1000
            switch told.conversation {
            case .person: town.shownLatency.record(microseconds)
            case .circle: town.shownInGroupsLatency.record(microseconds)
            }
        }
        guard told.author != index, town.random.below(10) < Townsman.readOfTen else { return }
        unread[message.key] = (message.from, message.number)
        if readAt == .distantFuture { readAt = client.now + .milliseconds(UInt64(200 + town.random.below(1800))) }
    }
}
