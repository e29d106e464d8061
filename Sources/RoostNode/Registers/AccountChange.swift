import RoostConsensus
import RoostCore

/// A change to an account, as data.
public enum AccountChange: RegisterChange, Equatable, Sendable {
    /// Registers a name.
    case create(Account)
    /// Adds a device, or gives a known one a new token.
    case putDevice(Account.Device)
    /// Removes a device.
    case removeDevice(DeviceID)
    /// Why a change was refused. The raw value goes through the register.
    public enum Refusal: UInt8, Error, Equatable, Sendable, CaseIterable {
        /// The name is taken.
        case exists = 1
        /// No account of that name.
        case unknown = 2
        /// The account has all the devices it may have.
        case tooManyDevices = 3
        /// No such device.
        case unknownDevice = 4
        /// The stored account could not be read.
        case unreadable = 5
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
            switch self {
            case .putDevice(let device):
                guard account.put(device) else { return .refuse(reason: Refusal.tooManyDevices.rawValue) }
            case .removeDevice(let device):
                guard account.remove(device) else { return .refuse(reason: Refusal.unknownDevice.rawValue) }
            case .create:
                return .keep
            }
            return .write(account.encode())
        } catch {
            return .refuse(reason: Refusal.unreadable.rawValue)
        }
    }
}
