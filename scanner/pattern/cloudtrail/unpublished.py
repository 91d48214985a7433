"""Event names that CloudTrail writes although the source has no published operation of that name, by event source.

They are events of consoles, of sign-in pages and of services about themselves. Another service may publish an operation
of the same name: ``CreateProfile`` is one of IAM Roles Anywhere, and of the console of IAM Identity Center.
"""

from collections.abc import Mapping

UNPUBLISHED: Mapping[str, frozenset[str]] = {
    # IAM Identity Center user guide, "IAM Identity Center information in CloudTrail", column "Console API operations",
    # and "CloudTrail use cases for IAM Identity Center"; several more are actions of the prefixes sso and
    # sso-directory in the Service Authorization Reference.
    "sso.amazonaws.com": frozenset(
        {
            "AssociateDirectory",
            "AssociateProfile",
            "CreateApplicationInstance",
            "CreateApplicationInstanceCertificate",
            "CreateProfile",
            "DeleteApplicationInstance",
            "DeleteApplicationInstanceCertificate",
            "DeletePermissionsPolicy",
            "DeleteProfile",
            "DisassociateDirectory",
            "DisassociateProfile",
            "ImportApplicationInstanceServiceProviderMetadata",
            "PutMfaDeviceManagementForDirectory",
            "PutPermissionsPolicy",
            "StartSSO",
            "UpdateApplicationInstanceActiveCertificate",
            "UpdateApplicationInstanceResponseConfiguration",
            "UpdateApplicationInstanceSecurityConfiguration",
            "UpdateApplicationInstanceServiceProviderConfiguration",
            "UpdateApplicationInstanceStatus",
            "UpdateDirectoryAssociation",
            "UpdateProfile",
        }
    ),
    "sso-directory.amazonaws.com": frozenset(
        {
            "AddMemberToGroup",
            "CompleteVirtualMfaDeviceRegistration",
            "CompleteWebAuthnDeviceRegistration",
            "CreateBearerToken",
            "CreateExternalIdPConfigurationForDirectory",
            "CreateProvisioningTenant",
            "DeleteBearerToken",
            "DeleteExternalIdPCertificate",
            "DeleteExternalIdPConfigurationForDirectory",
            "DeleteMfaDeviceForUser",
            "DeleteProvisioningTenant",
            "DisableExternalIdPConfigurationForDirectory",
            "DisableUser",
            "EnableExternalIdPConfigurationForDirectory",
            "EnableUser",
            "ImportExternalIdPCertificate",
            "RemoveMemberFromGroup",
            "StartVirtualMfaDeviceRegistration",
            "StartWebAuthnDeviceRegistration",
            "UpdateExternalIdPConfigurationForDirectory",
            "UpdateMfaDeviceForUser",
            "UpdatePassword",
            "VerifyEmail",
        }
    ),
    # The root user's password and address, changed on the sign-in pages; AWS lists these names nowhere, so this is from
    # published records: Elastic's and Panther's rules about the root user quote them.
    "signin.amazonaws.com": frozenset(
        {"EmailUpdated", "PasswordRecoveryCompleted", "PasswordRecoveryRequested", "PasswordUpdated"}
    ),
    # AWS Control Tower user guide, "Lifecycle events in AWS Control Tower": service events, made when the work is done.
    "controltower.amazonaws.com": frozenset(
        {
            "CreateManagedAccount",
            "DeregisterOrganizationalUnit",
            "DisableGuardrail",
            "EnableGuardrail",
            "PrecheckOrganizationalUnit",
            "RegisterOrganizationalUnit",
            "SetupLandingZone",
            "UpdateManagedAccount",
        }
    ),
}

UNPUBLISHED_NAMES = frozenset().union(*UNPUBLISHED.values())
