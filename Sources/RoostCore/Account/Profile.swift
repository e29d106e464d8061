/// What a person says about itself, and who may see what.
public struct Profile: Equatable, Sendable {
    /// The name to show, or empty: then the user name is shown.
    public var displayName: String
    /// What a client finds the picture by, or empty. Its meaning is the clients'.
    public var avatar: String
    /// What others may see.
    public var privacy: Privacy

    /// Makes a profile.
    public init(displayName: String = "", avatar: String = "", privacy: Privacy = Privacy()) {
        self.displayName = displayName
        self.avatar = avatar
        self.privacy = privacy
    }

    /// Whether a text may be shown as the name of a person or a device: at most `bytesMax` bytes, no control characters, none
    /// that turn the direction of what stands around it, and not blank unless empty.
    public static func isShowable(_ text: String, bytesMax: Int) -> Bool {
        guard text.utf8.count <= bytesMax else { return false }
        let scalars = text.unicodeScalars
        return scalars.allSatisfy(isShowable) && (text.isEmpty || scalars.contains { !$0.properties.isWhitespace })
    }

    private static func isShowable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        // Joiners are part of many scripts and of emoji; the rest of the class hides or turns text.
        case .format: scalar.value == 0x200C || scalar.value == 0x200D || (0xE0020...0xE007F).contains(scalar.value)
        default: true
        }
    }

    /// Whether a text may be the id of a picture: printable ASCII without spaces, at most ``Limits/avatarBytesMax`` bytes.
    public static func isAvatar(_ text: String) -> Bool {
        text.utf8.count <= Limits.avatarBytesMax && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
