import RoostCore

/// What is to be changed of a profile; what is `nil` stays.
public struct ProfileEdit: Equatable, Sendable {
    /// The new name to show.
    public var displayName: String?
    /// The new picture.
    public var avatar: String?
    /// Who may find the person by the e-mail address from now on.
    public var findableByEmail: Audience?
    /// Who may find the person by the telephone number from now on.
    public var findableByMobile: Audience?
    /// Who may see the person's presence from now on.
    public var presence: Audience?
    /// Whether read receipts are sent, and received, from now on.
    public var readReceipts: Bool?

    /// Makes an edit that changes nothing yet.
    public init() {}

    /// Whether it changes anything.
    public var isEmpty: Bool { self == ProfileEdit() }

    func apply(to profile: inout Profile) {
        if let displayName { profile.displayName = displayName }
        if let avatar { profile.avatar = avatar }
        if let findableByEmail { profile.privacy.findableByEmail = findableByEmail }
        if let findableByMobile { profile.privacy.findableByMobile = findableByMobile }
        if let presence { profile.privacy.presence = presence }
        if let readReceipts { profile.privacy.readReceipts = readReceipts }
    }
}
