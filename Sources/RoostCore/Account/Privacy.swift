/// Who may see something of a person.
public enum Audience: UInt8, CaseIterable, Sendable {
    /// Whoever has an account.
    case everyone = 0
    /// Those on the person's contact list.
    case contacts = 1
    /// Nobody else.
    case nobody = 2
}

/// What others may see of a person.
public struct Privacy: Equatable, Sendable {
    /// Who may find the person by the e-mail address.
    public var findableByEmail: Audience
    /// Who may find the person by the telephone number.
    public var findableByMobile: Audience
    /// Who may see whether the person is online, and since when not.
    public var presence: Audience
    /// Whether the person wants others to learn what it has read.
    public var readReceipts: Bool

    /// Makes the settings; left out they are those of a new account. By telephone number people expect to be found, by e-mail
    /// address not by strangers.
    public init(
        findableByEmail: Audience = .contacts, findableByMobile: Audience = .everyone, presence: Audience = .everyone,
        readReceipts: Bool = true
    ) {
        self.findableByEmail = findableByEmail
        self.findableByMobile = findableByMobile
        self.presence = presence
        self.readReceipts = readReceipts
    }

    /// Who may find the person by a handle of this sort.
    public func audience(of kind: Handle.Kind) -> Audience {
        switch kind {
        case .email: findableByEmail
        case .mobile: findableByMobile
        }
    }
}
