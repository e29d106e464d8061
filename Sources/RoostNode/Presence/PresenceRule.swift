import RoostCore

/// Who may see how it stands with a person, and who is let through to it: what follows from the registers `alice` and
/// `alice/people`. Of a group: its members may see how far the others are, as its list has them.
struct PresenceRule: Equatable, Sendable {
    private let people: People
    private let audience: Audience
    private let user: Address?
    private let group: Group?
    /// Whether there is such a person. Of one that is not, nobody sees anything.
    let isThere: Bool
    /// Another number for other lists and settings.
    let number: UInt64

    /// Takes the rule out of the two registers' values. What cannot be read lets nobody see anything: better hidden than shown.
    init(of user: Address, account: [UInt8], people: [UInt8]) {
        self.user = user
        group = nil
        var reading: (account: Account, people: People)?
        if !account.isEmpty {
            do throws(ByteReaderError) {
                reading = (try Account(decoding: account), try People(decoding: people))
            } catch {
                reading = nil
            }
        }
        isThere = reading?.account.state == .active
        audience = reading?.account.profile.privacy.presence ?? .nobody
        self.people = reading?.people ?? People()
        number = SHA256.hash64(people + [audience.rawValue]) | 1
    }

    /// Takes the rule out of a group's list; nobody sees anything of a group that is not there.
    init(ofGroup group: Group?, stored: [UInt8]) {
        user = nil
        self.group = group
        people = People()
        isThere = group?.isDissolved == false
        audience = .nobody
        number = SHA256.hash64(stored) | 1
    }

    /// Whether nobody is told how it stands.
    var hidesFromAll: Bool { !isThere || group == nil && audience == .nobody }

    /// Whether everybody is told.
    var showsToAll: Bool { isThere && audience == .everyone && people.blocked.isEmpty }

    /// Whether somebody may see how it stands.
    func maySee(_ watcher: Address) -> Bool {
        guard isThere, let name = watcher.user else { return false }
        if let group { return group.contains(watcher) }
        guard watcher != user else { return audience != .nobody }
        return !people.has(name, on: .blocked) && people.belongs(name, to: audience)
    }

    /// Whether what somebody says gets through at all.
    func letsThrough(_ sender: Address) -> Bool {
        guard isThere, let name = sender.user else { return false }
        return !people.has(name, on: .blocked)
    }
}
