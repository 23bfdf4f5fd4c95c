# frozen_string_literal: true

class SharesController < ApplicationController
  before_action :authenticate_user!
  before_action :set_document

  def index
    @shares = @document.shares.includes(:user)
  end

  def create
    user = User.find_by(email: params.require(:share).permit(:email)[:email])
    @share = @document.shares.build(user: user)
    if @share.save
      redirect_to document_shares_path(@document), notice: "Shared with #{user.name}."
    else
      @shares = @document.shares.includes(:user).where.not(id: nil)
      render :index, status: :unprocessable_entity
    end
  end

  def destroy
    @document.shares.find(params[:id]).destroy!
    redirect_to document_shares_path(@document)
  end

  private

  def set_document
    @document = Document.readable_by(current_user).find(params[:document_id])
  end
end
