/// The version of the product.
public enum RoostVersion {
    /// As `roost --version` and the start banner say it.
    public static let text = "0.1.0"
}
