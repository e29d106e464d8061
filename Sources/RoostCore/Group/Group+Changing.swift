/// What may be done to a group, and by whom.
extension Group {
    /// What somebody wants done.
    public enum Edit: Equatable, Sendable {
        /// Another name.
        case rename(String)
        /// Take these in.
        case add([Address])
        /// Put these out.
        case remove([Address])
        /// Go.
        case leave
        /// Make somebody an admin.
        case promote(Address)
        /// Make an admin a plain member.
        case demote(Address)
        /// Make somebody an admin in one's own place.
        case handOver(to: Address)
        /// An invitation link with a secret of this SHA-256, in the place of any other.
        case makeLink(hash: [UInt8])
        /// No invitation link.
        case revokeLink
        /// Come in, with a secret of this SHA-256.
        case join(hash: [UInt8])
        /// End the group.
        case dissolve
    }

    /// Why something is not done. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// There is no such group, or none any more.
        case unknown = 1
        /// Who asks is not in the group.
        case notAMember = 2
        /// Only an admin may do that.
        case notAnAdmin = 3
        /// A group needs an admin: hand over first, or dissolve it.
        case lastAdmin = 4
        /// Already in the group, or an admin already.
        case alreadyIn = 5
        /// The group has all the members it may have.
        case full = 6
        /// Too many changes wait to be put in order: try again in a moment.
        case busy = 7
        /// The link is not, or no longer, that of the group.
        case badLink = 8
        /// Who is meant is not in the group, or not an admin.
        case notIn = 9
        /// The name is empty or too long, nobody is named, or somebody twice, or too many.
        case badRequest = 10
        /// A group of this number exists.
        case exists = 11
        /// The stored group could not be read.
        case unreadable = 12
    }

    /// A new group. The first of its members is who makes it, and its admin.
    public static func made(
        by author: Address, name: String, with others: [Address], id: UInt64, atMilliseconds: UInt64
    ) -> Result<Group, Refusal> {
        var group = Group(name: name)
        guard isName(name), author.kind == .user, areUsers(others + [author], atMost: Limits.groupMembersMax) else {
            return .failure(.badRequest)
        }
        group.version = 1
        group.members = [Member(address: author, isAdmin: true, since: 1)]
        group.members += others.map { Member(address: $0, isAdmin: false, since: 1) }
        group.events = [
            GroupEvent(version: 1, id: id, kind: .created, author: author, text: name, atMilliseconds: atMilliseconds)
        ]
        group.note(id)
        return .success(group)
    }

    /// Does what somebody wants, or says why not. A change that was made already is not made again. No more than `membersMax` are in
    /// the group after it, or as many as before.
    public mutating func make(
        _ edit: Edit, by author: Address, id: UInt64, atMilliseconds: UInt64,
        membersMax: Int = Limits.groupMembersMax
    ) throws(Refusal) {
        guard !made.contains(where: { $0.id == id }) else { return }
        guard !isDissolved else { throw .unknown }
        let isJoin = if case .join = edit { true } else { false }
        guard isJoin || contains(author) else { throw .notAMember }
        guard events.count < Limits.groupChangesPendingMax else { throw .busy }
        var changed = self
        changed.version += 1
        var event = try changed.apply(edit, by: author)
        // A group that has more, from times when more were allowed, can lose members.
        guard changed.count <= max(count, membersMax) else { throw .full }
        event.id = id
        event.atMilliseconds = atMilliseconds
        changed.events.append(event)
        changed.note(id)
        self = changed
    }

    private mutating func apply(_ edit: Edit, by author: Address) throws(Refusal) -> GroupEvent {
        var event = GroupEvent(version: version, id: 0, kind: .renamed, author: author, atMilliseconds: 0)
        switch edit {
        case .rename(let name):
            try checkAdmin(author)
            guard Group.isName(name) else { throw .badRequest }
            self.name = name
            event.text = name
        case .add(let users):
            try checkAdmin(author)
            guard Group.areUsers(users, atMost: Limits.groupMembersAtOnce) else { throw .badRequest }
            for user in users { try take(user) }
            (event.kind, event.members) = (.added, users)
        case .remove(let users):
            try checkAdmin(author)
            guard Group.areUsers(users, atMost: Limits.groupMembersAtOnce) else { throw .badRequest }
            for user in users { try end(user) }
            (event.kind, event.members) = (.removed, users)
        case .leave:
            try end(author)
            event.kind = .left
        case .promote(let user):
            try checkAdmin(author)
            try setAdmin(user, true)
            (event.kind, event.members) = (.promoted, [user])
        case .demote(let user):
            try checkAdmin(author)
            try setAdmin(user, false)
            (event.kind, event.members) = (.demoted, [user])
        case .handOver(let user):
            try checkAdmin(author)
            try setAdmin(user, true)
            try setAdmin(author, false)
            (event.kind, event.members) = (.handedOver, [user])
        case .makeLink(let hash):
            try checkAdmin(author)
            guard hash.count == SHA256.digestBytes else { throw .badRequest }
            invitationHash = hash
            event.kind = .linkMade
        case .revokeLink:
            try checkAdmin(author)
            guard !invitationHash.isEmpty else { throw .badLink }
            invitationHash = []
            event.kind = .linkRevoked
        case .join(let hash):
            guard isOpen(to: hash) else { throw .badLink }
            guard author.kind == .user else { throw .badRequest }
            try take(author)
            event.kind = .joined
        case .dissolve:
            try checkAdmin(author)
            for index in members.indices where members[index].isPresent { members[index].until = version }
            isDissolved = true
            invitationHash = []
            event.kind = .dissolved
        }
        // Whoever is left needs somebody who may change the list.
        guard isDissolved || members.contains(where: { $0.isPresent && $0.isAdmin }) else { throw .lastAdmin }
        return event
    }

    /// Whether one comes in with a secret of this SHA-256.
    public func isOpen(to hash: [UInt8]) -> Bool {
        !invitationHash.isEmpty && constantTimeEqual(hash, invitationHash)
    }

    private func checkAdmin(_ author: Address) throws(Refusal) {
        guard member(author)?.isAdmin == true else { throw .notAnAdmin }
    }

    private mutating func take(_ user: Address) throws(Refusal) {
        guard !contains(user) else { throw .alreadyIn }
        guard count < Limits.groupMembersMax else { throw .full }
        members.append(Member(address: user, isAdmin: false, since: version))
    }

    private mutating func end(_ user: Address) throws(Refusal) {
        guard let index = members.firstIndex(where: { $0.address == user && $0.isPresent }) else { throw .notIn }
        members[index].until = version
    }

    private mutating func setAdmin(_ user: Address, _ isAdmin: Bool) throws(Refusal) {
        guard let index = members.firstIndex(where: { $0.address == user && $0.isPresent }) else { throw .notIn }
        guard members[index].isAdmin != isAdmin else { throw isAdmin ? .alreadyIn : .notIn }
        members[index].isAdmin = isAdmin
    }

    /// Changes up to a version are in order, and their events are kept for whom they are for: what the list was before is
    /// forgotten.
    /// - Parameter numbers: the place in the order of each event that is settled now.
    public mutating func settle(_ numbers: [(version: UInt64, number: StreamNumber)]) {
        guard let last = numbers.map(\.version).max(), last > settledVersion else { return }
        for index in members.indices where members[index].firstNumber == 0 {
            if let first = numbers.first(where: { $0.version == members[index].since }) {
                members[index].firstNumber = first.number
            }
        }
        settledVersion = min(last, version)
        events.removeAll { $0.version <= last }
        members.removeAll { !$0.isPresent && $0.until <= last }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= Limits.groupNameBytesMax
    }

    private static func areUsers(_ users: [Address], atMost most: Int) -> Bool {
        !users.isEmpty && users.count <= most && Set(users).count == users.count
            && users.allSatisfy { $0.kind == .user }
    }
}
