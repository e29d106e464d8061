/// Whom a user knows and whom it does not want to hear of. Stored as the value of the register `alice/people`.
public struct People: Equatable, Sendable {
    /// The name of the part that holds it.
    public static let part = "people"
    /// The most bytes of both lists: what a register holds, less its head.
    public static let bytesMax = 80 * 1024 - 16

    /// The contacts, by name.
    public private(set) var contacts: [UserName] = []
    /// Those whose messages do not arrive, by name.
    public private(set) var blocked: [UserName] = []

    /// Makes empty lists.
    public init() {}

    /// Which of the lists.
    public enum List: UInt8, CaseIterable, Sendable {
        /// Who may see what is for contacts.
        case contacts = 0
        /// Whose messages do not arrive.
        case blocked = 1

        /// The most entries.
        public var countMax: Int {
            switch self {
            case .contacts: Limits.contactsMax
            case .blocked: Limits.blockedMax
            }
        }
    }

    /// The names on a list, ascending.
    public func names(on list: List) -> [UserName] {
        switch list {
        case .contacts: contacts
        case .blocked: blocked
        }
    }

    /// Whether somebody is on a list.
    public func has(_ name: UserName, on list: List) -> Bool {
        let names = names(on: list)
        let index = People.position(of: name, in: names)
        return index < names.count && names[index] == name
    }

    /// Whether somebody belongs to an audience.
    public func belongs(_ name: UserName, to audience: Audience) -> Bool {
        switch audience {
        case .everyone: true
        case .contacts: has(name, on: .contacts)
        case .nobody: false
        }
    }

    /// Puts somebody on a list. False when the list or both together are as long as they may be.
    public mutating func add(_ name: UserName, to list: List) -> Bool {
        var names = names(on: list)
        let index = People.position(of: name, in: names)
        guard index == names.count || names[index] != name else { return true }
        guard names.count < list.countMax, bytes + People.bytes(of: name) <= People.bytesMax else { return false }
        names.insert(name, at: index)
        set(names, on: list)
        return true
    }

    /// Takes somebody off a list, if there.
    public mutating func remove(_ name: UserName, from list: List) {
        var names = names(on: list)
        let index = People.position(of: name, in: names)
        guard index < names.count, names[index] == name else { return }
        names.remove(at: index)
        set(names, on: list)
    }

    private mutating func set(_ names: [UserName], on list: List) {
        switch list {
        case .contacts: contacts = names
        case .blocked: blocked = names
        }
    }

    private var bytes: Int {
        contacts.reduce(0) { $0 + People.bytes(of: $1) } + blocked.reduce(0) { $0 + People.bytes(of: $1) }
    }

    /// With the byte that says how long it is.
    private static func bytes(of name: UserName) -> Int { name.text.utf8.count + 1 }

    private static func position(of name: UserName, in names: [UserName]) -> Int {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            if names[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Bytes

    private static let formatVersion: UInt8 = 1

    /// The bytes of both lists.
    public func encode() -> [UInt8] {
        var writer = ByteWriter(capacity: 16 + bytes)
        writer.write(People.formatVersion)
        for list in List.allCases {
            let names = names(on: list)
            writer.writeCount(names.count)
            for name in names { writer.writeText(name.text) }
        }
        return writer.bytes
    }

    /// Reads what ``encode()`` writes; no bytes are empty lists, for nobody has written any.
    public init(decoding bytes: [UInt8]) throws(ByteReaderError) {
        self.init()
        guard !bytes.isEmpty else { return }
        var reader = ByteReader(bytes)
        guard try reader.readByte() == People.formatVersion else { throw .invalidValue(field: "people version") }
        for list in List.allCases {
            var names: [UserName] = []
            for _ in 0..<(try reader.readCount(limit: list.countMax)) {
                let name = try reader.readUserName()
                if let last = names.last, last >= name { throw .invalidValue(field: "people order") }
                names.append(name)
            }
            set(names, on: list)
        }
        try reader.finish()
    }
}

extension Address {
    /// Where a user's contacts and blocks are kept; `nil` for anything but a user.
    public var people: Address? {
        kind == .user ? part(People.part) : nil
    }
}
