import RoostCore

/// What a gateway has told owners about readers and nobody answers: how far somebody is with a stream, and what a person has
/// seen. It is said again to owners that may have missed it, for a reader's client says it once.
///
/// Two generations of maxima: what is in the older one when the time comes is forgotten, unless some owner has been out of
/// reach since.
struct SaidReceipts: Sendable {
    /// A maximum at some owners.
    struct Name: Hashable, Comparable, Sendable {
        /// Whose owners.
        let mailbox: Address
        let key: StreamKey
        /// Who reads; `nil` for what the mailbox's own user has seen.
        let reader: Address?

        static func < (left: Name, right: Name) -> Bool {
            if left.mailbox != right.mailbox { return left.mailbox < right.mailbox }
            if left.key != right.key { return left.key < right.key }
            guard let reader = right.reader else { return false }
            return left.reader.map { $0 < reader } ?? true
        }
    }

    /// Between two looks at what may be forgotten: a broken link is noticed well before.
    static let generation = TimeSpan.seconds(15)

    /// What a refusal names.
    let token: GatewayToken
    /// Who has refused something.
    var refusers: Set<NodeID> = []
    private var current: [Name: ReplicaRequest.Kind] = [:]
    private var older: [Name: ReplicaRequest.Kind] = [:]
    private var nextTurn = Instant.zero

    init(token: GatewayToken) {
        self.token = token
    }

    /// Remembers the latest word; nothing new when there is no room.
    mutating func note(_ name: Name, _ kind: ReplicaRequest.Kind) {
        guard current.count < Limits.receiptsSaidMax || current[name] != nil else { return }
        current[name] = kind
    }

    /// What was said of this maximum and is still remembered.
    func last(_ name: Name) -> ReplicaRequest.Kind? { current[name] ?? older[name] }

    /// Time has passed.
    mutating func tick(now: Instant, isKept: (Address) -> Bool) {
        guard now >= nextTurn else { return }
        nextTurn = now + SaidReceipts.generation
        var kept = older.filter { current[$0.key] == nil && isKept($0.key.mailbox) }
        if kept.count > Limits.receiptsSaidMax { kept = [:] }
        older = current
        current = kept
    }

    /// All that is remembered of some mailboxes, in an order that does not depend on anything else.
    func all(where isWanted: (Address) -> Bool) -> [(mailbox: Address, kind: ReplicaRequest.Kind)] {
        guard !current.isEmpty || !older.isEmpty else { return [] }
        let merged = older.merging(current) { $1 }
        return merged.keys.sorted().compactMap { name in
            isWanted(name.mailbox) ? merged[name].map { (name.mailbox, $0) } : nil
        }
    }
}
