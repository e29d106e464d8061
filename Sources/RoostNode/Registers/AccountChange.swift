import RoostConsensus
import RoostCore

/// A change to an account, as data.
public enum AccountChange: RegisterChange, Equatable, Sendable {
    /// Registers a name.
    case create(Account)
    /// Adds a device, or gives a known one a new token.
    case putDevice(Account.Device)
    /// Names a device.
    case renameDevice(DeviceID, String)
    /// Removes a device.
    case removeDevice(DeviceID)
    /// Changes the password from the one that was looked at, and removes every device but one if one is given.
    case setPassword(from: PasswordRecord, to: PasswordRecord, keepingOnly: DeviceID?)
    /// Changes what the person says of itself.
    case edit(ProfileEdit)
    /// Begins to take a handle.
    case beginClaim(HandleClaim)
    /// Ends it: the handle is the person's.
    case confirmClaim(HandleClaim)
    /// Gives up a handle, taken or being taken.
    case dropClaim(HandleClaim)
    /// Shuts the person out, or lets it in again.
    case setDisabled(Bool)
    /// Begins to delete the account.
    case close
    /// Ends it. Asked only by who knows that ``close`` was decided.
    case delete

    /// Why a change was refused. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// The name is taken.
        case exists = 1
        /// No account of that name, or none any more.
        case unknown = 2
        /// The account has all the devices it may have.
        case tooManyDevices = 3
        /// No such device.
        case unknownDevice = 4
        /// The stored account could not be read.
        case unreadable = 5
        /// Somebody else has changed the password since it was looked at.
        case passwordChanged = 6
        /// The handle is not being taken any more: something later took its place.
        case claimGone = 7
        /// The account is disabled.
        case disabled = 8
    }

    /// Decides on the stored account; empty bytes mean none.
    public func apply(to current: [UInt8]) -> RegisterDecision {
        if case .create(let account) = self {
            let value = account.encode()
            // A round that starts over may find what its own first attempt left: the random salt says whose it is.
            if current == value { return .keep }
            return current.isEmpty ? .write(value) : .refuse(reason: Refusal.exists.rawValue)
        }
        guard !current.isEmpty else { return .refuse(reason: Refusal.unknown.rawValue) }
        do throws(ByteReaderError) {
            var account = try Account(decoding: current)
            if let refusal = change(&account) { return .refuse(reason: refusal.rawValue) }
            let value = account.encode()
            return value == current ? .keep : .write(value)
        } catch {
            return .refuse(reason: Refusal.unreadable.rawValue)
        }
    }

    /// Makes the change to an account that exists. Returns why not.
    private func change(_ account: inout Account) -> Refusal? {
        guard account.state == .active || isForAnyState else {
            return account.state == .disabled ? .disabled : .unknown
        }
        switch self {
        case .create: return .exists
        case .putDevice(let device): return account.put(device) ? nil : .tooManyDevices
        case .renameDevice(let device, let name): return account.rename(device, to: name) ? nil : .unknownDevice
        case .removeDevice(let device): return account.remove(device) ? nil : .unknownDevice
        case .setPassword(let old, let new, let device):
            guard account.password == old || account.password == new else { return .passwordChanged }
            account.password = new
            if let device { account.removeDevices(except: device) }
        case .edit(let edit): edit.apply(to: &account.profile)
        case .beginClaim(let claim): account.begin(claim)
        case .confirmClaim(let claim): return account.confirm(claim) ? nil : .claimGone
        case .dropClaim(let claim): account.drop(claim)
        case .setDisabled(let isDisabled): return account.setDisabled(isDisabled) ? nil : .unknown
        case .close: account.close()
        case .delete: return account.delete() ? nil : .unknown
        }
        return nil
    }

    /// Whether the change is made to an account that is not in use as well.
    private var isForAnyState: Bool {
        switch self {
        case .setDisabled, .close, .delete: true
        // A claim that was begun before the account was disabled is ended one way or the other.
        case .confirmClaim, .dropClaim: true
        case .create, .putDevice, .renameDevice, .removeDevice, .setPassword, .edit, .beginClaim: false
        }
    }
}
