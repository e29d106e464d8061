import RoostCore

/// Who types to whom, for as long as it is shown. Kept by one owner of each user that is typed to, and nowhere else.
struct TypingTable: Sendable {
    /// Somebody types.
    struct Typing: Sendable {
        var notice: TypingNotice
        /// When it ends, unless it is said again.
        var expiresAt: Instant
        /// When the user's sessions were last told.
        var toldAt: Instant?
        /// They were not told of the latest yet.
        var isDue = true

        /// How long ago it was said last.
        func age(now: Instant) -> TimeSpan {
            TimeSpan(nanoseconds: Limits.typingLifetime.nanoseconds - expiresAt.since(now).nanoseconds)
        }
    }

    /// Names a conversation: who types, and in which group if it is one.
    struct Conversation: Hashable, Comparable, Sendable {
        let from: Address
        let group: Address?

        static func < (left: Conversation, right: Conversation) -> Bool {
            left.from != right.from ? left.from < right.from : (left.group?.text ?? "") < (right.group?.text ?? "")
        }
    }

    private(set) var users: [Address: [Conversation: Typing]] = [:]
    /// Whom there is something to tell.
    private(set) var pending: Set<Address> = []

    /// Whether anybody types.
    var isEmpty: Bool { users.isEmpty }

    /// Takes a notice that is `age` old. False when it is too old, or there is no room.
    mutating func take(_ notice: TypingNotice, age: TimeSpan, now: Instant) -> Bool {
        guard age < Limits.typingLifetime else { return false }
        let left = TimeSpan(nanoseconds: Limits.typingLifetime.nanoseconds - age.nanoseconds)
        let conversation = Conversation(from: notice.from, group: notice.group)
        var typings = users[notice.to] ?? [:]
        if var typing = typings[conversation] {
            typing.expiresAt = max(typing.expiresAt, now + left)
            typing.notice.isRecording = notice.isRecording
            typing.isDue = true
            typings[conversation] = typing
        } else {
            guard typings.count < Limits.typistsMax, users[notice.to] != nil || users.count < Limits.typingsMax else {
                return false
            }
            typings[conversation] = Typing(notice: notice, expiresAt: now + left)
        }
        users[notice.to] = typings
        pending.insert(notice.to)
        return true
    }

    /// What the user's sessions are to be told now; counts as told.
    mutating func due(for user: Address, now: Instant) -> [Typing] {
        guard var typings = users[user] else { return [] }
        var due: [Typing] = []
        for conversation in typings.keys.sorted() {
            guard var typing = typings[conversation], typing.isDue, now < typing.expiresAt,
                typing.toldAt.map({ now.since($0) >= Limits.typingInterval }) ?? true
            else { continue }
            typing.isDue = false
            typing.toldAt = now
            typings[conversation] = typing
            due.append(typing)
        }
        if !due.isEmpty { users[user] = typings }
        if !typings.values.contains(where: \.isDue) { pending.remove(user) }
        return due
    }

    /// The user's sessions know all of it.
    mutating func markTold(_ user: Address, now: Instant) {
        guard let typings = users[user] else { return }
        users[user] = typings.mapValues { typing in
            var typing = typing
            typing.isDue = false
            typing.toldAt = now
            return typing
        }
        pending.remove(user)
    }

    /// What a session that comes up is told.
    func current(for user: Address, now: Instant) -> [Typing] {
        guard let typings = users[user] else { return [] }
        return typings.keys.sorted().compactMap { typings[$0] }.filter { now < $0.expiresAt }
    }

    /// Forgets what is over.
    mutating func expire(now: Instant) {
        for (user, typings) in users where typings.values.contains(where: { now >= $0.expiresAt }) {
            let left = typings.filter { now < $0.value.expiresAt }
            users[user] = left.isEmpty ? nil : left
            if left.isEmpty { pending.remove(user) }
        }
    }

    /// Forgets everybody who types to these.
    mutating func forget(where isForgotten: (Address) -> Bool) {
        for user in users.keys.filter(isForgotten) {
            users[user] = nil
            pending.remove(user)
        }
    }
}
