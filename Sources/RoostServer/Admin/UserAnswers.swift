import RoostCore
import RoostNode

/// `GET /admin/v1/user`, and `roost user show --json`: no secrets, and nothing of what is said.
public struct UserAnswer: Codable, Equatable, Sendable {
    /// A device of the user.
    public struct Device: Codable, Equatable, Sendable {
        /// Its number, decimal.
        public var device: String
        /// What the person calls it.
        public var name: String
        /// When it was added, milliseconds since 1970.
        public var addedAtMs: UInt64
    }

    /// The name.
    public var user: String
    /// `active`, `disabled`, `closing` or `deleted`.
    public var state: String
    /// The name to show.
    public var displayName: String
    /// The e-mail address, if there is one.
    public var email: String?
    /// The telephone number, if there is one.
    public var mobile: String?
    /// The devices, oldest first.
    public var devices: [Device]
    /// How many contacts there are.
    public var contacts: Int
    /// How many people are blocked.
    public var blocked: Int
    /// The nodes that hold the queue.
    public var owners: [String]

    init(_ account: Account, _ people: People, owners: [String]) {
        user = account.name.text
        state = "\(account.state)"
        displayName = account.profile.displayName
        email = account.handle(.email)?.text
        mobile = account.handle(.mobile)?.text
        devices = account.devices.map {
            Device(device: String($0.id), name: $0.name, addedAtMs: $0.addedAtMilliseconds)
        }
        contacts = people.contacts.count
        blocked = people.blocked.count
        self.owners = owners
    }
}

/// `GET /admin/v1/queue`, and `roost queue show --json`.
public struct QueueAnswer: Codable, Equatable, Sendable {
    /// A device and what waits for it.
    public struct Device: Codable, Equatable, Sendable {
        /// Its number, decimal.
        public var device: String
        /// Messages that it has not stored.
        public var messages: Int
    }

    /// Whose queue.
    public var user: String
    /// The node whose copy this is.
    public var node: String
    /// Messages that some device has not stored.
    public var messages: Int
    /// The bytes of their bodies.
    public var bytes: Int
    /// The streams they belong to.
    public var streams: Int
    /// When the oldest was sent, milliseconds since 1970; absent when nothing waits.
    public var oldestSentAtMs: UInt64?
    /// The devices.
    public var devices: [Device]

    init(_ facts: QueueFacts, user: Address, node: String) {
        self.user = user.text
        self.node = node
        messages = facts.messages
        bytes = facts.bytes
        streams = facts.streams
        oldestSentAtMs = facts.oldestSentAtMilliseconds
        devices = facts.devices.map { Device(device: String($0.id), messages: $0.messages) }
    }
}

/// `POST /admin/v1/user`: what to do with one.
public struct UserActionRequest: Codable, Equatable, Sendable {
    /// What can be done.
    public enum Action: String, Codable, Sendable {
        /// Shut it out.
        case disable
        /// Let it in again.
        case enable
        /// Delete it.
        case delete
    }

    /// Whom.
    public var user: String
    /// What.
    public var action: Action

    /// Makes a request.
    public init(user: String, action: Action) {
        self.user = user
        self.action = action
    }
}
