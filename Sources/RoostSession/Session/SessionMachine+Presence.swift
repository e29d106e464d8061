import OrderedCollections
import RoostCore

extension SessionMachine {
    /// What of the typing in one conversation is passed on: a little more often than its readers are told, for a client that says
    /// it every three seconds must not be taken to have paused because one frame took longer than the next.
    static let typingPause = TimeSpan.milliseconds(2500)

    static func tooOften(_ frame: String, _ wait: TimeSpan, to name: String = "") -> ErrorFrame {
        .init(
            .rateLimited, "\(frame) comes too often", to: name,
            retryAfterMilliseconds: wait.nanoseconds / 1_000_000 + 1)
    }

    mutating func receivedWatch(_ names: [String], now: Instant, into actions: inout [SessionAction]) {
        if let wait = watchBucket.take(Limits.watchRate, now: now) {
            return refuse(SessionMachine.tooOften("watch", wait), into: &actions)
        }
        guard names.count <= Limits.watchedMax else {
            let text = "\(names.count) people and groups, at most \(Limits.watchedMax)"
            return refuse(.init(.tooManyWatched, text), into: &actions)
        }
        var users: OrderedSet<Address> = []
        for name in names {
            guard let user = Address(name), user.kind == .user || user.kind == .group else {
                return refuse(
                    .init(.badUserName, "a user name is 1 to 64 of a-z 0-9 . _ -", to: name), into: &actions)
            }
            users.append(user)
        }
        actions.append(.watch(Array(users)))
    }

    mutating func receivedTyping(
        to name: String, isRecording: Bool, now: Instant, into actions: inout [SessionAction]
    ) {
        if let wait = typingBucket.take(Limits.typingRate, now: now) {
            return refuse(SessionMachine.tooOften("typing", wait, to: name), into: &actions)
        }
        guard let to = Address(name), to.kind == .user || to.kind == .group else {
            return refuse(.init(.badUserName, "a user name is 1 to 64 of a-z 0-9 . _ -", to: name), into: &actions)
        }
        typings.removeAll { now.since($0.value) >= SessionMachine.typingPause }
        guard typings[to] == nil, typings.count < Limits.typingConversationsMax else { return }
        typings[to] = now
        actions.append(.typing(to: to, isRecording: isRecording))
    }
}
