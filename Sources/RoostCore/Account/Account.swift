/// What the cluster keeps of a user: the password's hash, the devices that may connect, what the person says of itself. Stored as
/// the value of the register that the user name names.
public struct Account: Equatable, Sendable {
    /// A device and the hash of the secret that lets it in.
    public struct Device: Equatable, Sendable {
        /// The device.
        public var id: DeviceID
        /// SHA-256 of the token's secret, 32 bytes.
        public var secretHash: [UInt8]
        /// When it was added, milliseconds since 1970.
        public var addedAtMilliseconds: UInt64
        /// What the person calls it, or empty.
        public var name: String

        /// Makes a device.
        public init(id: DeviceID, secretHash: [UInt8], addedAtMilliseconds: UInt64, name: String = "") {
            self.id = id
            self.secretHash = secretHash
            self.addedAtMilliseconds = addedAtMilliseconds
            self.name = name
        }
    }

    /// Whether an account is in use.
    public enum State: UInt8, CaseIterable, Sendable {
        /// In use. Can become disabled or closing.
        case active = 0
        /// An operator has shut the person out; what is sent to it waits. Can become active or closing.
        case disabled = 1
        /// About to be deleted: nobody gets in, nothing is sent to it. Can become deleted only.
        ///
        /// A step of its own, because owners give up a mailbox when they see an account deleted, and they see values that may still
        /// lose. Whoever writes ``deleted`` has seen this one decided, and after it nothing else can win.
        case closing = 2
        /// Gone for good. The name stays taken, so that nobody gets what was meant for somebody else.
        case deleted = 3
    }

    /// The name.
    public let name: UserName
    /// The hash of the password.
    public var password: PasswordRecord
    /// The devices, oldest first, at most ``Limits/devicesMax``.
    public internal(set) var devices: [Device]
    /// Whether the account is in use.
    public internal(set) var state = State.active
    /// What the person says of itself.
    public var profile: Profile
    /// The handles that are the person's, at most one of each sort, by sort.
    public internal(set) var taken: [HandleClaim] = []
    /// The handles that are being taken, at most one of each sort, by sort. They are nobody's until they are in ``taken``.
    public internal(set) var pending: [HandleClaim] = []

    /// Makes an account.
    public init(name: UserName, password: PasswordRecord, devices: [Device] = [], profile: Profile = Profile()) {
        self.name = name
        self.password = password
        self.devices = devices
        self.profile = profile
    }

    // MARK: Devices

    /// Adds a device, or gives a known one the new secret, and the new name if there is one. False when there are as many as there
    /// may be.
    public mutating func put(_ device: Device) -> Bool {
        if let index = devices.firstIndex(where: { $0.id == device.id }) {
            devices[index].secretHash = device.secretHash
            if !device.name.isEmpty { devices[index].name = device.name }
            return true
        }
        guard devices.count < Limits.devicesMax else { return false }
        devices.append(device)
        return true
    }

    /// Names a device. False when there is no such device.
    public mutating func rename(_ id: DeviceID, to name: String) -> Bool {
        guard let index = devices.firstIndex(where: { $0.id == id }) else { return false }
        devices[index].name = name
        return true
    }

    /// Removes a device. False when there is no such device.
    public mutating func remove(_ id: DeviceID) -> Bool {
        let count = devices.count
        devices.removeAll { $0.id == id }
        return devices.count < count
    }

    /// Removes every device but one.
    public mutating func removeDevices(except id: DeviceID) {
        devices.removeAll { $0.id != id }
    }

    /// Whether the token lets its device in. Takes the same time whichever byte differs.
    public func allows(_ token: AccessToken) -> Bool {
        isToken(token) && state == .active
    }

    /// Whether the token is of one of the devices, also when the account lets nobody in.
    public func isToken(_ token: AccessToken) -> Bool {
        guard token.user == name, let device = devices.first(where: { $0.id == token.device }) else { return false }
        return constantTimeEqual(device.secretHash, token.secretHash)
    }

    // MARK: Handles

    /// The handle of this sort that is the person's.
    public func handle(_ kind: Handle.Kind) -> Handle? {
        taken.first { $0.handle.kind == kind }?.handle
    }

    /// Whether the account has this claim or is taking it: if not, the claim is stale, for ever.
    public func knows(_ id: UniqueID) -> Bool {
        taken.contains { $0.id == id } || pending.contains { $0.id == id }
    }

    /// Whether the person has this handle under this claim.
    public func has(_ handle: Handle, _ id: UniqueID) -> Bool {
        taken.contains(HandleClaim(handle: handle, id: id))
    }

    /// Begins to take a handle; what was being taken of its sort is given up.
    public mutating func begin(_ claim: HandleClaim) {
        pending.removeAll { $0.handle.kind == claim.handle.kind }
        pending.append(claim)
        pending.sort { $0.handle.kind < $1.handle.kind }
    }

    /// The handle that was being taken is the person's now, instead of the one before. False when it was given up meanwhile.
    public mutating func confirm(_ claim: HandleClaim) -> Bool {
        guard !taken.contains(claim) else { return true }
        guard pending.contains(claim) else { return false }
        pending.removeAll { $0 == claim }
        taken.removeAll { $0.handle.kind == claim.handle.kind }
        taken.append(claim)
        taken.sort { $0.handle.kind < $1.handle.kind }
        return true
    }

    /// Gives up a handle, taken or being taken.
    public mutating func drop(_ claim: HandleClaim) {
        pending.removeAll { $0 == claim }
        taken.removeAll { $0 == claim }
    }

    // MARK: State

    /// Shuts the person out, or lets it in again. False when the account is being deleted.
    public mutating func setDisabled(_ isDisabled: Bool) -> Bool {
        guard state == .active || state == .disabled else { return false }
        state = isDisabled ? .disabled : .active
        return true
    }

    /// Begins to delete the account: the devices stay known, so that they can go on with it.
    public mutating func close() {
        guard state != .deleted else { return }
        state = .closing
    }

    /// Ends deleting it: nothing but the name is left. False when that was not begun.
    public mutating func delete() -> Bool {
        guard state == .closing || state == .deleted else { return false }
        self = Account(name: name, password: .none)
        state = .deleted
        return true
    }
}
